"""The engine: NumPy vector-Jacobian products on small graphs, useful without the web.

    from app.engine import DEFAULT, as_arrays, backward, forward
    trace = backward(forward(DEFAULT.graph, as_arrays(DEFAULT.defaults)))
    print(trace.grads["W"])

Map: `ops` the table of ops · `graph` networks as plain data · `trace` the two sweeps, and what they leave · `networks`
the gallery · `by_name` chains · `fitted` a network for a batch · `gradcheck` the numeric check · `claims` when a
gradient that is claimed is right · `mistakes` what a wrong one looks like · `kinks` what else it may be at a kink ·
`zeros` which entries are 0 · `exact` both passes in fractions · `rounding` how far numbers may be off · `closeness`
what is equal · `stacks` many value sets at once · `sizes` shapes that are not a network's own · `cost` of layers of any
size · `chains` one op or two for a logit.
Nothing here imports a web framework.
"""

from .claims import Claim
from .gradcheck import GradcheckResult, gradcheck
from .graph import Event, Graph, GraphError, Leaf, Node, OpNode, VjpUse, leaf, node
from .mistakes import Diagnosis, Known, Match, Site, diagnose, known_gradients
from .networks import DEFAULT, NETWORKS, Example, Network, Values, as_arrays, relu_mse
from .ops import OPS, Array, Formula, Mistake, Op, Shape, ShapeError, Vjp
from .trace import Step, Trace, backward, forward

__all__ = [
    "DEFAULT",
    "NETWORKS",
    "OPS",
    "Array",
    "Claim",
    "Diagnosis",
    "Event",
    "Example",
    "Formula",
    "GradcheckResult",
    "Graph",
    "GraphError",
    "Known",
    "Leaf",
    "Match",
    "Mistake",
    "Network",
    "Node",
    "Op",
    "OpNode",
    "Shape",
    "ShapeError",
    "Site",
    "Step",
    "Trace",
    "Values",
    "Vjp",
    "VjpUse",
    "as_arrays",
    "backward",
    "diagnose",
    "forward",
    "gradcheck",
    "known_gradients",
    "leaf",
    "node",
    "relu_mse",
]
