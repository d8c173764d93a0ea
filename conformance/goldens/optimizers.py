"""optimizers.json: two variables, fixed gradients, the values after each of five steps."""

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
# Options of each class; all of COMMON are tried with the first three classes, the first two with every other one.
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
}
SCHEDULED = ["SGD", "Adam"]


def run(name, options):
    keras.utils.clear_session()
    rng = random_of("optimizer")
    variables = [keras.Variable(draw(rng, shape), name=label) for label, shape in SHAPES]
    initial = [weight(v) for v in variables]
    gradients = [[draw(rng, shape) for _, shape in SHAPES] for _ in range(STEPS)]
    gradients[2][0][0] = 0  # a row without gradient, as an unused embedding has
    optimizer = getattr(keras.optimizers, name)(**options)
    after, rates = [], []
    for step in gradients:
        rates.append(float(optimizer.learning_rate))
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in step], variables)
        after.append([values(v.value) for v in variables])
    case = {
        "name": f"{name} {options}".replace("'", ""),
        "class_name": name,
        "config": same_config(optimizer.get_config()),
        "variables": initial,
        "gradients": [[tensor(g) for g in step] for step in gradients],
        "learning_rates": values(np.asarray(rates, np.float32)),
        "values_after": after,
        "optimizer_variables": [weight(v) for v in optimizer.variables],
    }
    if options.get("use_ema"):
        optimizer.finalize_variable_values(variables)
        case["values_finalized"] = [values(v.value) for v in variables]
    return case


def generate():
    cases = []
    for i, (name, options) in enumerate(TABLE.items()):
        for chosen in options:
            cases.append(run(name, chosen))
        for extra in COMMON if i < 3 else COMMON[:2]:
            cases.append(run(name, {"learning_rate": 0.1, **extra}))
    for name in SCHEDULED:
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5)
        case = run(name, {"learning_rate": schedule})
        case["name"] = f"{name} with ExponentialDecay"
        cases.append(case)
    write("optimizers.json", cases)
