"""Losses of plain numbers: regression."""

from __future__ import annotations

from core.layers.loss.making import NUMBER, REDUCTION, SAME, amount, loss
from core.layers.loss.shapes import alike, together
from core.layers.loss_checks import equal_shapes
from core.layers.parameters import flag
from core.layers.reading import number
from core.model.spec import Port

SPECS = (
    loss(
        "mse",
        "Mean squared error",
        "Averages the squared differences between prediction and target.",
        r"\ell = \frac{1}{N} \sum_{n} (\hat{y}_n - y_n)^{2}",
        "Goodfellow, Bengio & Courville 2016, Deep Learning, §5.1.4, eq. 5.4",
        "torch.nn.MSELoss",
        "mse regression squared l2 quadratic least squares reconstruction content perceptual",
        equal_shapes("Mean squared error"),
    ),
    loss(
        "half_mse",
        "½ MSE",
        "Half the mean squared difference, so that its slope is the plain difference.",
        r"\ell = \frac{1}{2N} \sum_{n} (\hat{y}_n - y_n)^{2}",
        "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors, eq. 3",
        "core.layers.modules.loss.HalfMSELoss",
        "half mean squared error regression squared l2 quadratic least squares delta rule adaline",
        equal_shapes("½ MSE"),
    ),
    loss(
        "l1",
        "L1",
        "Averages the absolute differences; outliers weigh less than in squares.",
        r"\ell = \frac{1}{N} \sum_{n} |\hat{y}_n - y_n|",
        "Boyd & Vandenberghe 2004, Convex Optimization, §6.1.2",
        "torch.nn.L1Loss",
        "regression absolute mae median robust outlier",
        equal_shapes("L1"),
    ),
    loss(
        "smooth_l1",
        "Smooth L1",
        "Squares small errors and takes large ones as they are; β is where the one goes over into the other.",
        r"\ell_n = \frac{e^2}{2 \beta} \;\mathrm{if}\; |e| < \beta \;\mathrm{else}\; |e| - \frac{\beta}{2}",
        "Girshick 2015, Fast R-CNN, eq. 3",
        "torch.nn.SmoothL1Loss",
        "regression robust outlier huber bounding box detection",
        equal_shapes("Smooth L1"),
        params=(
            amount("beta", "Beta", 1.0, "The size of error from which on it counts as it is; 0 is plain L1.", 0),
            REDUCTION,
        ),
        summary=lambda params: f"β {number(params, 'beta'):g}",
    ),
    loss(
        "huber",
        "Huber",
        "Half the square of small errors, a straight line for large ones, so that outliers pull no harder than δ.",
        r"\ell_n = \frac{e^2}{2} \;\mathrm{if}\; |e| < \delta"
        r" \;\mathrm{else}\; \delta \left(|e| - \frac{\delta}{2}\right)",
        "Huber 1964, Robust estimation of a location parameter",
        "torch.nn.HuberLoss",
        "regression robust outlier smooth delta",
        equal_shapes("Huber"),
        params=(
            amount("delta", "Delta", 1.0, "The size of error from which on its pull grows no more.", above=0),
            REDUCTION,
        ),
        summary=lambda params: f"δ {number(params, 'delta'):g}",
    ),
    loss(
        "lq",
        "L_q",
        "The absolute error to the power q: 1 asks for the median, 2 for the mean, a large q for the middle.",
        r"\ell = \frac{1}{N} \sum_{n} |\hat{y}_n - y_n|^{q}",
        "Bishop 2006, Pattern Recognition and Machine Learning, eq. 1.91",
        "core.layers.modules.loss.LqLoss",
        "lq minkowski power regression robust norm exponent",
        equal_shapes("L_q"),
        params=(amount("q", "Power q", 1.5, "The power of the absolute error.", 0.5, 4), REDUCTION),
        summary=lambda params: f"q {number(params, 'q'):g}",
    ),
    loss(
        "gaussian_nll",
        "Gaussian likelihood",
        "Predicts a number and how sure it is of it: minus the log-likelihood of a normal distribution.",
        r"\ell = \frac{1}{2N} \sum_{n} \left( \log \sigma_n^2 + \frac{(y_n - \mu_n)^2}{\sigma_n^2} \right)",
        "Nix & Weigend 1994, Estimating the mean and variance of the target probability distribution",
        "core.layers.modules.loss_distribution.GaussianNLLoss",
        "nll normal variance heteroscedastic uncertainty regression",
        together(equal_shapes("Gaussian likelihood"), alike("Gaussian likelihood", "input", "log_variance")),
        inputs=(
            Port("input", doc="The predicted mean μ."),
            Port("target", doc=SAME),
            Port("log_variance", doc="The logarithm of the variance, log σ², in the same shape; any number will do."),
        ),
        example={"input": (NUMBER,), "target": (NUMBER,), "log_variance": (NUMBER,)},
    ),
    loss(
        "poisson_nll",
        "Poisson likelihood",
        "For counts: minus the log-likelihood of a Poisson distribution.",
        r"\ell = \frac{1}{N} \sum_{n} \left( e^{\hat{y}_n} - y_n \hat{y}_n \right)",
        "Bishop 2006, Pattern Recognition and Machine Learning, §4.3.6; McCullagh & Nelder 1989, ch. 6",
        "torch.nn.PoissonNLLLoss",
        "nll counts rate events regression glm",
        equal_shapes("Poisson likelihood"),
        params=(
            flag("log_input", "Logarithm arrives", True, "Whether the prediction is the logarithm of the rate."),
            flag("full", "Stirling's term", False, "Whether the approximation of log y! is added."),
            REDUCTION,
        ),
        input_doc="The logarithm of the rate (or the rate, from 0 on).",
        target_port=Port("target", doc="Counts, 0, 1, 2 …, in the same shape: the form “number” at the Input."),
    ),
)
