"""The lecture that comes with the site: the chapter in 40 minutes, with the steps it explains and its questions."""

from __future__ import annotations

from app.state.playlist import Playlist, Stop

CHAPTER = Playlist(
    (
        Stop("/", "Two inputs go through three hidden units to a loss, and every number is there to be checked.", 60),
        Stop("/forward?step=1", "The linear layer multiplies each row of W by x and adds b.", 90),
        Stop("/forward?step=2", "ReLU passes a positive number on, and gives 0 for any other.", 45),
        Stop("/forward?step=3", "The loss is one number: half the sum of the squared differences from the target.", 60),
        Stop("/chapter/1", "With several inputs and outputs, the derivative is a matrix: the Jacobian.", 120),
        Stop("/chapter/2", "The loss is one number, so the chain rule taken from its side needs vectors only.", 120),
        Stop("/backward?step=1", "The backward pass starts with 1: the loss changes exactly as fast as itself.", 45),
        Stop("/chapter/3", "An op takes v, the gradient at its output, and returns the gradient at its input.", 120),
        Stop("/backward?step=2&hide=now", "What is the gradient at the prediction? Mind the ½ and the square.", 75),
        Stop("/backward?step=3", "ReLU passes the gradient on where z is positive, which is everywhere here.", 75),
        Stop("/backward?step=4&hide=now", "Which product of v and x has the shape of W? Say one entry.", 60),
        Stop("/backward?step=4&ask=W.2.1", "Take one entry: how much does the loss change with this weight?", 75),
        Stop(
            "/backward?step=5", "The gradient of x takes the transpose of W, since the sum runs over the rows of W.", 60
        ),
        Stop("/backward?step=6", "The bias is only added, so its gradient is v itself.", 45),
        Stop("/backward", "The backward pass is complete: every gradient is there, and no Jacobian was built.", 60),
        Stop("/chapter/4", "At the size of a real layer, a Jacobian would be huge, used once, and thrown away.", 120),
        Stop("/recall?q=why-vjp", "Write down for yourself why an op offers a VJP, then compare.", 90),
        Stop("/chapter/5", "The outer product and the transpose both follow from the indices.", 120),
        Stop("/recall?q=by-indices", "Derive both with a pencil, index by index, before we look at the answer.", 90),
        Stop("/chapter/6", "The Jacobian of ReLU is diagonal, so its VJP is an entrywise product.", 90),
        Stop("/backward?b=0,-0.1,-0.6&step=3&hide=now", "One unit is inactive here. What is its gradient?", 60),
        Stop("/chapter/7", "A dense Jacobian cancels against the slope of the loss, and p − y* is left.", 120),
        Stop(
            "/backward?network=softmax-ce&step=2",
            "The same in a network: softmax and loss go backward in one subtraction.",
            60,
        ),
        Stop("/chapter/8", "That is no accident: it holds for every canonical pair.", 120),
        Stop("/backward?network=sigmoid-bce&step=2", "Sigmoid and its cross-entropy are such a pair, too.", 60),
        Stop("/recall?q=prediction-target", "Why prediction − target? Find the step of the argument that does it.", 90),
        Stop("/chapter/9", "The backward pass reads values of the forward pass, so these stay in memory.", 90),
        Stop("/chapter/10", "A value that is used twice gets a gradient from each use, and they add.", 75),
        Stop("/backward?network=shared&step=8", "Here x is used twice, and its two contributions are added.", 45),
        Stop("/chapter/next", "A framework records the ops as they run and plays the record backward.", 60),
    ),
    "Why a backward pass builds no Jacobian",
)
