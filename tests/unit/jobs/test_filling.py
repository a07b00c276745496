"""What is written as ``${{ … }}`` in a job file becomes what the replica needs."""

import shlex
import subprocess

import pytest
from hubkin_jobs.domain.filling import filled, filled_value, names_input, unknown_inputs, variable_of


def test_a_parameter_is_one_word_to_the_shell() -> None:
    line = filled("train.py --note ${{ params.note }}", {"note": "a; rm -rf $HOME"})

    assert shlex.split(line) == ["train.py", "--note", "a; rm -rf $HOME"]


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("ls ${{ data.my-set }}/train", 'ls "${HUBKIN_DATA_MY_SET}"/train'),
        ("ls ${{models.base}}", 'ls "${HUBKIN_MODEL_BASE}"'),
    ],
)
def test_data_is_where_the_replica_says(written: str, becomes: str) -> None:
    assert filled(written, {}) == becomes


@pytest.mark.parametrize(
    "written",
    [
        "${{ params.x }}",
        "'${{ params.x }}'",
        '"${{ params.x }}"',
        r"it\'s' ${{ params.x }}'",
        '"it\'s ${{ params.x }}"',
        "'say \"hi\" ${{ params.x }}'",
        r'"\" ${{ params.x }}"',
        r"'a\' ${{ params.x }}",
        "a'b'${{ params.x }}\"c\"",
        '"$(printf %s "${{ params.x }}")"',
        "a#b' ${{ params.x }}'",
    ],
)
@pytest.mark.parametrize("value", ["a b", "it's", '$HOME "x" `id`', "a\\b", "; exit 3", ""])
def test_a_value_is_one_word_to_a_real_shell_wherever_it_stands(written: str, value: str) -> None:
    printed = run(filled(f"printf '[%s]' {written}", {"x": value}))

    expected = run("printf '[%s]' " + written.replace("${{ params.x }}", "MARK")).replace("MARK", value)
    assert printed == expected


@pytest.mark.parametrize("written", ["X", "'X'", '"X"', "--a='X/b c'", '--a="X/b c"'])
def test_a_place_is_one_word_to_a_real_shell_wherever_it_stands(written: str) -> None:
    line = filled(f"printf '[%s]' {written.replace('X', '${{ data.my-set }}')}", {})

    expected = run(f"printf '[%s]' {written}").replace("X", "/a folder/x")
    assert run(line, HUBKIN_DATA_MY_SET="/a folder/x") == expected


@pytest.mark.parametrize(
    "before",
    [
        "# don't",
        "true  # it's \\",
        "true ${#HOME} '#'",
        "cat >&2 <<EOF\nit's\nEOF",
        "cat >&2 <<'END' <<-EOF # don't\nit's\nEND\n\tisn't\n\tEOF",
        "true $((1<<2)) '<<EOF'",
        "x=$(cat <<EOF\nit's\nEOF\n)",
        "# ${{ params.x }} and ${{ data.my-set }}",
        "true 'it' \\' \\\\",
    ],
)
def test_a_word_is_one_whatever_came_before(before: str) -> None:
    line = filled(
        f"{before}\nprintf '[%s]' ${{{{ params.x }}}} ${{{{ data.my-set }}}}", {"x": "a b\necho bad"}
    )

    assert run(line, HUBKIN_DATA_MY_SET="/a folder/x") == "[a b\necho bad][/a folder/x]"


def run(line: str, **env: str) -> str:
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True, env=env)
    return done.stdout


def test_a_parameter_cannot_bring_a_template_of_its_own() -> None:
    assert filled("echo ${{ params.x }}", {"x": "${{ data.secret }}"}) == "echo '${{ data.secret }}'"


def test_the_value_of_a_variable_is_not_quoted() -> None:
    assert filled_value("lr=${{ params.lr }}", {"lr": "a b"}) == "lr=a b"


def test_what_is_not_given_is_named() -> None:
    run = "a ${{ data.x }} ${{ data.y }} ${{ models.x }}"

    assert list(unknown_inputs(run, data={"x"}, models=())) == ["data.y", "models.x"]


def test_the_variable_of_what_a_text_names_is_told() -> None:
    assert names_input("${{ data.my-set }}/a") == variable_of("dataset", "my-set") == "HUBKIN_DATA_MY_SET"
