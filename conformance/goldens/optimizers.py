"""optimizers.json, optimizers_common.json: two variables, fixed gradients, the values after each of five steps."""

import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, values, weight, write

SHAPES = [("kernel", (3, 4)), ("bias", (5,))]
STEPS = 5

COMMON = [
    {"weight_decay": 0.05},
    {"clipnorm": 0.8},
    {"clipvalue": 0.5},
    {"global_clipnorm": 1.0},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 2},
    {"use_ema": True, "ema_momentum": 0.8},
    {"gradient_accumulation_steps": 2},
    {"loss_scale_factor": 4.0},
]
# Options of each class; all of COMMON are tried with every class, in optimizers_common.json.
TABLE = {
    "SGD": [
        {},
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.1, "clipnorm": 1.0},
    ],
    "Adam": [
        {},
        {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3},
        {"learning_rate": 0.1, "amsgrad": True},
    ],
    "RMSprop": [
        {},
        {"learning_rate": 0.1, "rho": 0.8, "epsilon": 1e-3},
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "centered": True},
        {"learning_rate": 0.1, "centered": True, "momentum": 0.5},
    ],
    "AdamW": [{}, {"learning_rate": 0.1, "weight_decay": 0.2}, {"learning_rate": 0.1, "amsgrad": True}],
    "Adamax": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9}],
    "Nadam": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}],
    "Adagrad": [{}, {"learning_rate": 0.5, "initial_accumulator_value": 0.3, "epsilon": 1e-3}],
    "Adadelta": [{}, {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-3}],
    "Ftrl": [
        {},
        {"learning_rate": 0.5, "l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2},
        {"learning_rate": 0.5, "l2_shrinkage_regularization_strength": 0.1, "beta": 0.3},
        {"learning_rate": 0.5, "learning_rate_power": -0.7, "initial_accumulator_value": 0.4},
    ],
    "Lion": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9}],
    "Lamb": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}],
    "Adafactor": [
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "relative_step": False, "clip_threshold": 0.5, "beta_2_decay": -0.6},
    ],
    "ScheduleFreeAdamW": [
        {},
        {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "warmup_steps": 3},
        {"learning_rate": 0.1, "beta_1": 1.0, "weight_decay": 0.1},
    ],
    "Muon": [
        {},
        {"learning_rate": 0.1, "nesterov": False, "momentum": 0.8, "rms_rate": None, "ns_steps": 2},
        {"learning_rate": 0.1, "exclude_layers": ["ker.*l$"], "adam_lr_ratio": 0.5, "adam_weight_decay": 0.1},
        {"learning_rate": 0.1, "adam_beta_1": 0.8, "adam_beta_2": 0.9, "epsilon": 1e-3, "weight_decay": None},
        {"learning_rate": 0.1, "muon_a": 2.0, "muon_b": -1.5, "muon_c": 0.5, "adam_weight_decay": None},
    ],
}
# Options of the classes' own, together with others.
FURTHER = [
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "use_ema": True, "ema_momentum": 0.5}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "global_clipnorm": 0.5, "weight_decay": 0.1}),
    ("Adam", {"learning_rate": 0.1, "amsgrad": True, "gradient_accumulation_steps": 2}),
    ("RMSprop", {"learning_rate": 0.1, "centered": True, "momentum": 0.5, "clipvalue": 0.3}),
    ("AdamW", {"learning_rate": 0.1, "amsgrad": True, "weight_decay": 0.1, "global_clipnorm": 0.5}),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.5, "gradient_accumulation_steps": 2, "weight_decay": 0.1}),
    ("Ftrl", {"learning_rate": 0.5, "l1_regularization_strength": 5.0, "learning_rate_power": 0.0}),
    ("Ftrl", {"learning_rate": 0.5, "l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2,
              "l2_shrinkage_regularization_strength": 0.3, "beta": 0.4, "weight_decay": 0.1}),
    ("Lamb", {"learning_rate": 0.1, "weight_decay": 0.1, "clipvalue": 0.5}),
    ("Lion", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.7, "weight_decay": 0.2}),
    ("Adafactor", {"learning_rate": 0.1, "epsilon_1": 1e-3, "epsilon_2": 0.1, "clip_threshold": 0.3}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "weight_decay": 0.1}),
    ("Muon", {"learning_rate": 0.1, "muon_a": 3.0, "ns_steps": 1, "rms_rate": 0.5}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 4, "weight_decay": 0.1, "clipnorm": 0.5}),
]
SMALL = [("kernel", (2, 3)), ("bias", (2,))]
SCHEDULED = ["SGD", "Adam"]


def wrappers():
    """Optimizers made of others: name, how to make one, which gradients are infinite."""
    o = keras.optimizers
    yield "loss scale", lambda: o.LossScaleOptimizer(o.SGD(0.1, momentum=0.9), 4.0, dynamic_growth_steps=2), {3}
    yield "loss scale early", lambda: o.LossScaleOptimizer(o.Adam(0.1), name="scaled"), {0, 4}
    patterns = lambda: {"ker.*": o.Adam(0.1), "other": o.SGD(0.5)}
    yield "several", lambda: o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1), patterns())), ()
    yield "several scaled", lambda: o.MultiOptimizer(o.OptimizerMap(o.RMSprop(0.1)), loss_scale_factor=4.0), ()
    ema = lambda: o.SGD(0.1, use_ema=True, ema_momentum=0.8)
    yield "several with averages", lambda: o.MultiOptimizer(o.OptimizerMap(o.SGD(0.1), {"bias": ema()})), ()


def apply(optimizer, gradients, variables):
    if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer.apply(gradients, variables)
    # On JAX it works without side effects only, as in fit.
    if not optimizer.built:
        optimizer.build(variables)
    states = [[v.value for v in variables], [v.value for v in optimizer.variables]]
    states = optimizer.stateless_apply(states[1], gradients, states[0])
    for variable, value in zip([*variables, *optimizer.variables], [*states[0], *states[1]]):
        variable.assign(value)


def inputs(shapes):
    rng = random_of("optimizer")
    variables = [keras.Variable(draw(rng, shape), name=label) for label, shape in shapes]
    gradients = [[draw(rng, shape) for _, shape in shapes] for _ in range(STEPS)]
    gradients[2][0][0] = 0  # a row without gradient, as an unused embedding has
    return variables, gradients


def run(name, options, make=None, infinite=(), shapes=SHAPES):
    keras.utils.clear_session()
    variables, gradients = inputs(shapes)
    initial = [weight(v) for v in variables]
    for step in infinite:
        gradients[step][1][2] = np.inf
    optimizer = make() if make else getattr(keras.optimizers, name)(**options)
    several = isinstance(optimizer, keras.optimizers.MultiOptimizer)
    after, rates = [], []
    for step in gradients:
        if not several:
            rates.append(float(optimizer.learning_rate))
        apply(optimizer, [keras.ops.convert_to_tensor(g) for g in step], variables)
        after.append([values(v.value) for v in variables])
    case = {
        "name": name if make else f"{name} {options}".replace("'", ""),
        "class_name": type(optimizer).__name__,
        "config": same_config(optimizer.get_config()),
        "variables": initial,
        "gradients": [[tensor(g) for g in step] for step in gradients],
        "learning_rates": values(np.asarray(rates, np.float32)),
        "values_after": after,
        "optimizer_variables": [weight(v) for v in optimizer.variables],
    }
    if options.get("use_ema") or several:
        optimizer.finalize_variable_values(variables)
        case["values_finalized"] = [values(v.value) for v in variables]
    return case


def common():
    """optimizers_common.json: smaller variables, alike in all cases, and every common option with every class."""
    o = keras.optimizers.schedules
    rates = {
        "ExponentialDecay": lambda: o.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5),
        "CosineDecay": lambda: o.CosineDecay(0.02, decay_steps=3, warmup_target=0.2, warmup_steps=2, alpha=0.1),
        "PiecewiseConstantDecay": lambda: o.PiecewiseConstantDecay([1, 3], [0.2, 0.1, 0.05]),
    }
    both = [
        {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.9, "weight_decay": 0.1},
        {"gradient_accumulation_steps": 2, "clipnorm": 0.8, "loss_scale_factor": 2.0},
    ]
    cases = []

    def add(name, options, title):
        case = run(name, options, shapes=SMALL)
        del case["variables"], case["gradients"]
        case["optimizer_values"] = [v["values"] for v in case.pop("optimizer_variables")]
        cases.append({**case, "name": f"{name} {title}".replace("'", "")})

    for name in TABLE:
        for extra in [*COMMON, *both]:
            add(name, {"learning_rate": 0.1, **extra}, extra)
        for schedule, make in rates.items():
            add(name, {"learning_rate": make()}, f"with {schedule}")
        add(name, {"learning_rate": rates["CosineDecay"](), "gradient_accumulation_steps": 2}, "with CosineDecay, in two parts")
    for name, options in FURTHER:
        add(name, options, options)
    variables, gradients = inputs(SMALL)
    shared = {"variables": [weight(v) for v in variables], "gradients": [[tensor(g) for g in step] for step in gradients]}
    write("optimizers_common.json", cases, **shared)


def generate():
    common()
    cases = []
    for i, (name, options) in enumerate(TABLE.items()):
        for chosen in options:
            cases.append(run(name, chosen))
        for extra in COMMON if i < 3 else []:
            cases.append(run(name, {"learning_rate": 0.1, **extra}))
    for name in SCHEDULED:
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5)
        case = run(name, {"learning_rate": schedule})
        case["name"] = f"{name} with ExponentialDecay"
        cases.append(case)
    for name, make, infinite in wrappers():
        cases.append(run(name, {}, make, infinite))
    write("optimizers.json", cases)
