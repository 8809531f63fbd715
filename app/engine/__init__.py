"""The engine: NumPy vector-Jacobian products on small graphs, useful without the web.

    from app.engine import NETWORKS, arrays, backward, forward
    network = NETWORKS["relu-mse"]
    run = forward(network.graph, arrays(network.numbers))
    grads = {step.event.target: step.value for step in backward(network.graph, run)}

Map: `ops` the table of ops · `graph` networks as plain data · `passes` the two sweeps · `networks` the gallery ·
`gradcheck` the numeric check · `diagnosis` what a wrong gradient looks like · `stacks` many value sets at once ·
`sizes` shapes that are not a network's own · `cost` of layers of any size · `chains` one op or two for one logit.
Nothing here imports a web framework.
"""

from .diagnosis import Claim, Diagnosis, Known, Match, Site, diagnose, known_gradients
from .gradcheck import Check, gradcheck
from .graph import Event, Graph, GraphError, Node, leaf, node
from .networks import DEFAULT, NETWORKS, Example, Network, Numbers, arrays, relu_mse
from .ops import OPS, Array, Formula, Mistake, Op, Shape, ShapeError, Vjp
from .passes import Step, backward, forward, overflow

__all__ = [
    "DEFAULT",
    "NETWORKS",
    "OPS",
    "Array",
    "Check",
    "Claim",
    "Diagnosis",
    "Event",
    "Example",
    "Formula",
    "Graph",
    "GraphError",
    "Known",
    "Match",
    "Mistake",
    "Network",
    "Node",
    "Numbers",
    "Op",
    "Shape",
    "ShapeError",
    "Site",
    "Step",
    "Vjp",
    "arrays",
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
