"""What is read out of ordinary output, and what is left alone."""

import pytest
from hubkin_agent.curves import LINE_BYTES, Curves, Progress, parse_line
from hypothesis import given
from hypothesis import strategies as st


def points(line: str) -> list[tuple[str, float, int | None]]:
    return [(one.name, one.value, one.step) for one in parse_line(line).points]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("loss=0.31", [("loss", 0.31, None)]),
        ("loss: 0.31", [("loss", 0.31, None)]),
        ("loss: 0.31.", [("loss", 0.31, None)]),
        ("{'loss': 0.31, 'val/acc': 0.9}", [("loss", 0.31, None), ("val/acc", 0.9, None)]),
        ('{"loss": 3.1e-1, "step": 10}', [("loss", 0.31, 10)]),
        ("step 40: train loss 10.9, val loss 10.8", [("train_loss", 10.9, 40), ("val_loss", 10.8, 40)]),
        ("iter 0: loss 10.9886, time 1300ms, mfu -100.00%", [("loss", 10.9886, 0), ("mfu", -100.0, 0)]),
        ("Epoch [2/5], Step [100/600], Loss: 0.1234", [("Loss", 0.1234, 100)]),
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.29", [("Loss", 2.29, 640)]),
        (
            "Epoch: [0][ 10/391]  Loss 6.9e+00 (6.9e+00)  Acc@1 1.00 ( 0.10)",
            [("Loss", 6.9, 10), ("Acc@1", 1.0, 10)],
        ),
        (" 42%|####  | 42/100 [00:10<00:14, 4.1it/s, loss=0.3]", [("loss", 0.3, 42)]),
        (
            " 12/100 [==>....] - ETA: 3s - loss: 0.31 - accuracy: 0.9",
            [("loss", 0.31, 12), ("accuracy", 0.9, 12)],
        ),
        ("100/100 ━━━━━━━━━━ 1s 2ms/step - loss: 0.3", [("loss", 0.3, 100)]),
        ("loss: tensor(0.3106, grad_fn=<NllLossBackward0>)", [("loss", 0.3106, None)]),
        ("\x1b[32mstep 3\x1b[0m \x1b[1mloss=0.5\x1b[0m", [("loss", 0.5, 3)]),
        ("2024-01-01 12:00:00,123 INFO train: loss=0.3", [("loss", 0.3, None)]),
        ("epoch 3 my_number=7", [("my_number", 7.0, 3)]),
        (
            "{'loss': 0.31, 'learning_rate': 1e-05, 'epoch': 0.5}",
            [("loss", 0.31, None), ("learning_rate", 1e-05, None)],
        ),
    ],
)
def test_what_people_print_while_training_is_read(line, expected):
    assert points(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "2024-01-01 12:30:01 started",
        "ip=10.0.0.1 version: 1.2.3 time: 12:30:01 port=8080",
        "Namespace(lr=0.1, epochs=3, seed=1)",
        "TrainingArguments(learning_rate=5e-05, warmup=3)",
        "saved epoch=3-step=120.ckpt",
        "http://host:8080/?loss=3&acc=4",
        "error: 404",
        "exit code: 3",
        "page 12 of 13",
        "my_number=7",
        "Test set: Accuracy: 9832/10000 (98%)",
        "epoch 2 took=3s",
        "val_loss improved from 0.3 to 0.2, saving model",
        "loss: 10.0.0.1",
        "loss=3x",
    ],
)
def test_what_is_no_metric_is_left_alone(line):
    assert points(line) == []


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN", "1e999"])
def test_what_no_curve_can_show_is_counted(value):
    line = parse_line(f"step 1 loss={value} acc=0.5")

    assert [one.name for one in line.points] == ["acc"]
    assert line.not_finite == 1


@pytest.mark.parametrize(
    ("line", "progress"),
    [
        ("Epoch 3/10", Progress(3, 10, "epoch")),
        ("epoch 3 of 10", Progress(3, 10, "epoch")),
        ("Epoch [2/5], Step [100/600]", Progress(2, 5, "epoch")),
        (" 42%|####  | 42/100 [00:10<00:14, 4.1it/s]", Progress(42, 100, "it")),
        (" 42%|####  | 42/100 [00:10<00:14, 2.5s/batch]", Progress(42, 100, "batch")),
        ("step 40", None),
        ("Epoch 11/10", None),
    ],
)
def test_progress_is_read(line, progress):
    assert parse_line(line).progress == progress


def test_a_bar_that_begins_again_goes_on_in_its_curve():
    curves = Curves()
    for _ in range(2):
        for step in (1, 50, 100):
            curves.feed(b"\r 9%%|# | %d/100 [00:10<00:14, 4.1it/s, loss=1]" % step)
    curves.end()

    assert [one.step for one in curves.take()] == [1, 50, 100, 101, 150, 200]


def test_a_bar_that_is_drawn_again_at_one_step_counts_once():
    curves = Curves()
    curves.feed(
        b"".join(b"\r 9%%|# | 5/100 [00:10<00:14, 4.1it/s, loss=%d]" % n for n in range(3))
        + b"\nloss=1\nloss=1\n"
    )

    assert [(one.step, one.value) for one in curves.take()] == [(5, 2), (None, 1), (None, 1)]


def test_a_name_whose_steps_change_their_unit_keeps_the_first():
    curves = Curves()
    curves.feed(b"step 100 loss=1\nepoch 1 loss=2\nstep 200 loss=3\n")

    assert [(one.value, one.step) for one in curves.take()] == [(1, 100), (2, None), (3, 200)]


def test_a_line_of_ten_megabytes_is_passed_over_and_the_next_is_read():
    curves = Curves()
    for _ in range(160):
        curves.feed(b"loss=1 " * 9000)
        assert curves.unread <= LINE_BYTES
    curves.feed(b"\nloss=2\n")

    assert [one.value for one in curves.take()] == [2]


LINES = st.lists(
    st.one_of(
        st.builds("step {} loss={}".format, st.integers(0, 10**6), st.floats(allow_nan=False, width=32)),
        st.text(max_size=60).map(lambda text: text.replace("\n", " ").replace("\r", " ")),
        st.sampled_from([" 42%|## | 42/100 [00:10<00:14, 4.1it/s, acc=0.3]", "南瓜 loss: 0.5"]),
    ),
    max_size=20,
)


@given(LINES, st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_any_pieces_give_the_same_points(lines, sizes):
    data = "".join(line + "\n" for line in lines).encode("utf-8", "replace")
    whole, pieces = Curves(), Curves()
    whole.feed(data)

    at = 0
    for size in sizes * (len(data) // sum(sizes) + 1):
        pieces.feed(data[at : at + size])
        at += size

    assert pieces.points == whole.points
    assert pieces.progress == whole.progress


@given(st.text(alphabet=st.sampled_from("loss=:01.eE%|/[]<>step \t'\"(){},-+naif\x1b[m"), max_size=200))
def test_no_line_is_too_strange(text):
    for one in parse_line(text).points:
        assert one.value == one.value
        assert 0 < len(one.name) <= 80
