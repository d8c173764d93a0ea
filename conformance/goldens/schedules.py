"""schedules.json: every learning rate schedule at steps 0..20."""

import keras
import numpy as np

from .common import same_config, values, write

WARM_UP = {"warmup_target": 0.2, "warmup_steps": 4}
SLOWER = {"t_mul": 1.5, "m_mul": 0.8, "alpha": 0.05}
TABLE = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.8}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.8, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 11], "values": [1.0, 0.5, 0.1]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 8}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 8, "end_learning_rate": 0.01, "power": 2.0}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 6, "power": 0.5, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 15}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 15, "alpha": 0.2}),
    ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 10, "warmup_target": 0.1, "warmup_steps": 5}),
    ("CosineDecay", {"initial_learning_rate": 0.05, "decay_steps": 8, "alpha": 0.1, **WARM_UP}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3, **SLOWER}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6, "t_mul": 1.0, "m_mul": 0.9}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 0.5, "decay_rate": 1.1}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 2.0, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [0, 1, 17], "values": [3, 2, 1, 0]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "end_learning_rate": 0.02, "cycle": True}),
    ("PolynomialDecay", {"initial_learning_rate": 0.01, "decay_steps": 4, "end_learning_rate": 0.1, "power": 3.0}),
    ("CosineDecay", {"initial_learning_rate": 0.3, "decay_steps": 4, "warmup_steps": 3}),
    ("CosineDecay", {"initial_learning_rate": 0.3, "decay_steps": 1, "alpha": 1.0, "warmup_target": 0.1}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 1}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "alpha": 0.5}),
]


def generate():
    cases = []
    for name, options in TABLE:
        schedule = getattr(keras.optimizers.schedules, name)(**options)
        rates = [float(schedule(step)) for step in range(21)]
        cases.append(
            {
                "name": f"{name} {len(cases)}",
                "class_name": name,
                "config": same_config(schedule.get_config()),
                "rates": values(np.asarray(rates, np.float32)),
            }
        )
    write("schedules.json", cases)
