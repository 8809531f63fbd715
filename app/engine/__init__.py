"""The engine: NumPy vector-Jacobian products on small graphs, useful without the web.

    from app.engine import NETWORKS, arrays, backward, forward
    network = NETWORKS["relu-mse"]
    run = forward(network.graph, arrays(network.numbers))
    grads = {step.event.target: step.value for step in backward(network.graph, run)}

Map: `ops` the table of ops · `graph` networks as plain data · `passes` the two sweeps · `networks` the gallery ·
`gradcheck` the numeric check · `stacks` many value sets at once · `sizes` shapes that are not a network's own. Nothing
here imports a web framework.
"""

from .gradcheck import Check, gradcheck
from .graph import Event, Graph, GraphError, Node, leaf, node
from .networks import DEFAULT, NETWORKS, Example, Network, Numbers, arrays, relu_mse
from .ops import OPS, Array, Formula, Op, Shape, ShapeError, Vjp
from .passes import Step, backward, forward, overflow

__all__ = [
    "DEFAULT",
    "NETWORKS",
    "OPS",
    "Array",
    "Check",
    "Event",
    "Example",
    "Formula",
    "Graph",
    "GraphError",
    "Network",
    "Node",
    "Numbers",
    "Op",
    "Shape",
    "ShapeError",
    "Step",
    "Vjp",
    "arrays",
    "backward",
    "forward",
    "gradcheck",
    "leaf",
    "node",
    "overflow",
    "relu_mse",
]
