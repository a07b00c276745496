"""The data and the model of the tutorial: handwritten digits, and a small network that reads them."""

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def load():
    """Return train and held-out images (n × 64, from 0 to 1) and their labels."""
    images, labels = load_digits(return_X_y=True)
    return train_test_split(images.astype(np.float32) / 16, labels, test_size=0.2, random_state=0)


def new_network(key, hidden=64):
    """Return the weights of a network with one hidden layer."""
    first, second = jax.random.split(key)
    return {
        "w1": jax.random.normal(first, (64, hidden)) * 0.1,
        "b1": jnp.zeros(hidden),
        "w2": jax.random.normal(second, (hidden, 10)) * 0.1,
        "b2": jnp.zeros(10),
    }


def logits(weights, images):
    """Return the network's opinion about each image (n × 10)."""
    hidden = jax.nn.relu(images @ weights["w1"] + weights["b1"])
    return hidden @ weights["w2"] + weights["b2"]
