"""The engine: NumPy vector-Jacobian products on small graphs, useful without the web.

    from app.engine import NETWORKS, arrays, backward, forward
    network = NETWORKS["relu-mse"]
    run = forward(network.graph, as_arrays(network.defaults))
    grads = {step.event.target: step.value for step in backward(network.graph, run)}

Map: `ops` the table of ops · `graph` networks as plain data · `passes` the two sweeps · `networks` the gallery ·
`gradcheck` the numeric check · `diagnosis` what a wrong gradient looks like · `stacks` many value sets at once ·
`sizes` shapes that are not a network's own · `cost` of layers of any size · `chains` one op or two for one logit.
Nothing here imports a web framework.
"""

from .gradcheck import GradcheckResult, gradcheck
from .graph import Event, Graph, GraphError, Node, leaf, node
from .mistakes import Claim, Diagnosis, Known, Match, Site, diagnose, known_gradients
from .networks import DEFAULT, NETWORKS, Example, Network, Values, as_arrays, relu_mse
from .ops import OPS, Array, Formula, Mistake, Op, Shape, ShapeError, Vjp
from .trace import Step, backward, forward, overflow

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
    "Match",
    "Mistake",
    "Network",
    "Node",
    "Op",
    "Shape",
    "ShapeError",
    "Site",
    "Step",
    "Values",
    "Vjp",
    "as_arrays",
    "backward",
    "diagnose",
    "forward",
    "gradcheck",
    "known_gradients",
    "leaf",
    "node",
    "overflow",
    "relu_mse",
]
