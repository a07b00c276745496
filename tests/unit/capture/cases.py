"""Real cells: what a kernel executed before, the cell, and what the job prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One notebook and what becomes of its last cell."""

    title: str
    cell: str
    prints: str = ""
    history: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    takes: set[str] | None = None


#: A machine with a GPU is one where a file says so.
TORCH = "from torch import cuda\nclass device(str): __module__ = 'torch'\n"
CUDA = "import os\ndef is_available(): return os.path.exists('gpu')\n"

RUNS = [
    Case("a cell that needs nothing", "print(1 + 1)", "2", takes=set()),
    Case("an import of an earlier cell", "print(math.floor(2.5))", "2", ("import math",), takes={"math"}),
    Case(
        "an import under another name", "print(m.floor(2.5))", "2", ("import math as m, json",), takes={"m"}
    ),
    Case("a name of a module", "print(floor(2.5))", "2", ("from math import ceil, floor",), takes={"floor"}),
    Case(
        "a submodule that a second import added",
        "print(xml.dom.__name__, xml.etree.__name__)",
        "xml.dom xml.etree",
        ("import xml.dom", "import xml.etree"),
    ),
    Case(
        "a star import", "print(sqrt(9), pi > 3)", "3.0 True", ("from math import *",), takes={"sqrt", "pi"}
    ),
    Case(
        "a name that hides a star import's",
        "print(sqrt(9))",
        "mine 9",
        ("from math import *", "def sqrt(x): return f'mine {x}'"),
    ),
    Case("a function", "print(f(2))", "4", ("def f(x):\n    return x * 2",), takes={"f"}),
    Case(
        "functions that call each other",
        "print(even(10))",
        "True",
        ("def even(n): return n == 0 or odd(n - 1)", "def odd(n): return n != 0 and even(n - 1)"),
        takes={"even", "odd"},
    ),
    Case(
        "what a function needs in turn",
        "print(area(2))",
        "12.56",
        ("import math", "PI = round(math.pi, 2)", "PI = 3.14", "def area(r):\n    return PI * r ** 2"),
        takes={"area", "PI"},
    ),
    Case(
        "a class and its base",
        "print(B().x)",
        "1",
        ("class A:\n    x = 1", "class B(A): pass"),
        takes={"A", "B"},
    ),
    Case(
        "a dataclass with its decorator",
        "print(Config(lr=2))",
        "Config(lr=2)",
        ("from dataclasses import dataclass", "@dataclass\nclass Config:\n    lr: float = 1.0"),
        takes={"Config", "dataclass"},
    ),
    Case(
        "a decorator of the notebook's own",
        "print(f())",
        "[x]",
        ("def wrap(g):\n    return lambda: '[' + g() + ']'", "@wrap\ndef f():\n    return 'x'"),
        takes={"f", "wrap"},
    ),
    Case(
        "a decorator with functools.wraps",
        "print(f.__name__, f())",
        "f 1",
        (
            "import functools",
            "def twice(g):\n    @functools.wraps(g)\n    def inner():\n        return g()\n    return inner",
            "@twice\ndef f(): return 1",
        ),
    ),
    Case("a default argument", "print(f())", "7", ("N = 7", "def f(n=N): return n"), takes={"f", "N"}),
    Case(
        "a default argument whose name was changed later",
        "print(f(), N)",
        "7 8",
        ("N = 7", "def f(n=N): return n", "N = 8"),
    ),
    Case(
        "a base class that was made again later",
        "print(B().who(), A().who())",
        "old new",
        (
            "class A:\n    def who(self): return 'old'",
            "class B(A): pass",
            "class A:\n    def who(self): return 'new'",
        ),
    ),
    Case(
        "the last definition wins", "print(f())", "2", ("def f(): return 1", "def f(): return 2"), takes={"f"}
    ),
    Case(
        "a definition that a failing cell never reached",
        "print(f())",
        "1",
        ("def f(): return 1", "1 / 0\ndef f(): return 2"),
    ),
    Case("a literal", "print(lr * 2)", "0.002", ("lr = 1e-3",), takes={"lr"}),
    Case("a literal with an annotation", "print(lr)", "0.001", ("lr: float = 1e-3",)),
    Case("literals unpacked", "print(a, b)", "1 2", ("a, b = 1, 2",), takes={"a", "b"}),
    Case("two targets of one value", "print(a, b)", "1 1", ("a = b = 1",)),
    Case("a nested literal", "print(cfg['layers'][1])", "20", ("cfg = {'layers': [10, 20], 'act': 'relu'}",)),
    Case(
        "a list that was filled later has the value of now",
        "print(xs)",
        "[1, 2]",
        ("xs = [1]", "xs.append(2)"),
    ),
    Case("a dict that was changed later", "print(cfg)", "{'lr': 2}", ("cfg = {'lr': 1}", "cfg['lr'] = 2")),
    Case("a counter that was increased", "print(n)", "3", ("n = 1", "n += 2")),
    Case(
        "a value computed from literals",
        "print(steps)",
        "1280",
        ("batch = 128", "steps = batch * 10"),
        takes={"steps", "batch"},
    ),
    Case("an f-string of a literal", "print(name)", "run-3", ("n = 3", "name = f'run-{n}'")),
    Case(
        "infinity and nan",
        "print(best, bad)",
        "inf nan",
        ("best, bad = [float('inf')], 0", "best, bad = best[0], float('nan')"),
        options={"include": (2,)},
    ),
    Case(
        "a path",
        "print(root.name)",
        "data",
        ("from pathlib import Path", "root = Path('data')"),
        takes={"root", "Path"},
    ),
    Case(
        "a named tuple",
        "print(P(1, 2))",
        "P(x=1, y=2)",
        ("from collections import namedtuple", "P = namedtuple('P', 'x y')"),
    ),
    Case(
        "a regular expression", "print(bool(W.match('ab')))", "True", ("import re", "W = re.compile(r'\\w+')")
    ),
    Case(
        "a logger",
        "log.warning('x'); print(log.name)",
        "__main__",
        ("import logging", "log = logging.getLogger(__name__)"),
    ),
    Case("a lambda", "print(double(4))", "8", ("double = lambda x: x * 2",), takes={"double"}),
    Case(
        "a partial function",
        "print(g())",
        "5",
        ("from functools import partial", "def f(x): return x", "g = partial(f, 5)"),
    ),
    Case(
        "an import with a fallback",
        "print(json.dumps(1))",
        "1",
        ("try:\n    import ujson_that_is_missing as json\nexcept ImportError:\n    import json",),
    ),
    Case(
        "a definition that depends on the version",
        "print(f())",
        "new",
        (
            "import sys",
            "if sys.version_info >= (3, 8):\n    def f(): return 'new'\nelse:\n    def f(): return 'old'",
        ),
    ),
    Case("a name under time magic", "print(f())", "1", ("%%time\ndef f(): return 1",)),
    Case(
        "a closure",
        "print(make(3)(4))",
        "7",
        ("def make(a):\n    def inner(b):\n        return a + b\n    return inner",),
    ),
    Case(
        "scopes of comprehensions",
        "print([x for x in range(n)], {k: v for k, v in d.items()})",
        "[0, 1] {'a': 1}",
        ("n = 2; x = object()", "d = {'a': 1}"),
        takes={"n", "d"},
    ),
    Case(
        "a comprehension in a function",
        "print(f())",
        "[1, 2]",
        ("k = 1", "def f(): return [i + k for i in range(2)]"),
        takes={"f", "k"},
    ),
    Case(
        "a global statement",
        "bump(); print(n)",
        "6",
        ("n = 5", "def bump():\n    global n\n    n += 1"),
        takes={"bump", "n"},
    ),
    Case("a name that the cell makes itself", "x = 1\nprint(x)", "1", ("x = object()",), takes=set()),
    Case("a name that the cell changes", "x = x + 1\nprint(x)", "2", ("x = 1",), takes={"x"}),
    Case("a name increased in place", "x += 1\nprint(x)", "2", ("x = 1",), takes={"x"}),
    Case("a loop's own name", "for i in range(2): print(i, end=' ')", "0 1", ("i = object()",), takes=set()),
    Case(
        "names of with and except",
        "import io\nwith io.StringIO('a') as f:\n    print(f.read())\n"
        "try: 1/0\nexcept ZeroDivisionError as e: print(type(e).__name__)",
        "a\nZeroDivisionError",
        ("f = object()", "e = object()"),
        takes=set(),
    ),
    Case(
        "an if that may not bind",
        "if flag:\n    x = 1\nprint(x)",
        "5",
        ("flag = False", "x = 5"),
        takes={"flag", "x"},
    ),
    Case("a walrus", "if (n := 3) > 2: print(n)", "3", takes=set()),
    Case(
        "a match statement",
        "match cmd:\n    case [a, b]: print(a, b)",
        "1 2",
        ("cmd = [1, 2]",),
        takes={"cmd"},
    ),
    Case(
        "a name tried first",
        "try:\n    print(missing_name)\nexcept NameError:\n    print('none')",
        "none",
        takes=set(),
    ),
    Case(
        "a star argument",
        "print(f(*xs, **kw))",
        "6",
        ("def f(a, b, c): return a + b + c", "xs = [1, 2]", "kw = {'c': 3}"),
    ),
    Case("a string that looks like magic", "s = '''\n!ls\n%time\n'''\nprint(len(s.split()))", "2"),
    Case("a modulo that begins a line", "x = (7\n  % 4)\nprint(x)", "3"),
    Case("dropped magics", "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\nprint('ok')", "ok"),
    Case(
        "an annotation of a class of the notebook",
        "print(f(1))",
        "1",
        ("class C: pass", "def f(x: 'C | int') -> int: return x", "def f(x: C) -> int: return x"),
        takes={"f", "C"},
    ),
    Case(
        "future annotations",
        "def f(x: Later | None = None): return x\nprint(f())",
        "None",
        ("from __future__ import annotations", "class Later: pass"),
    ),
    Case(
        "a future import in the cell",
        "from __future__ import annotations\ndef f(x: Nowhere): return 1\nprint(f(2))",
        "1",
    ),
    Case("top-level await", "import asyncio\nx = await asyncio.sleep(0, 4)\nprint(x)", "4"),
    Case(
        "await with a string over lines",
        'import asyncio\nx = await asyncio.sleep(0, """a\n  b""")\nprint(repr(x))',
        "'a\\n  b'",
    ),
    Case(
        "await in a block",
        "import asyncio\nfor i in range(2):\n    y = await asyncio.sleep(0, i)\n"
        "def g(): return y\nprint(g())",
        "1",
    ),
    Case("await of a captured coroutine", "print(await f())", "3", ("async def f(): return 3",)),
    Case("await with a semicolon", "import asyncio\nawait asyncio.sleep(0); print(1)", "1"),
    Case("an async comprehension", "async def g():\n    yield 1\nprint([x async for x in g()])", "[1]"),
    Case(
        "params of main",
        "def main(lr: float = 3e-4, n: int = 1):\n    print(lr, n)\nmain()",
        "1.0 1",
        options={"params": {"lr": "1"}},
    ),
    Case(
        "params of a captured main",
        "main()",
        "0.5",
        ("def main(lr=0.1): print(lr)",),
        {"params": {"lr": "0.5"}},
    ),
    Case(
        "params of an async main",
        "async def main(n: int = 1): print(n)\nawait main()",
        "9",
        options={"params": {"n": "9"}},
    ),
    Case(
        "a flag and an optional param",
        "from typing import Optional\n"
        "def main(fast: bool = False, name: Optional[str] = None, k: 'int | None' = 3):\n"
        "    print(fast, name, k)\nmain()",
        "True x None",
        options={"params": {"fast": "true", "name": "x", "k": "none"}},
    ),
    Case(
        "a list param",
        "def main(layers: list = (1,)): print(layers)\nmain()",
        "[1, 2]",
        options={"params": {"layers": "[1, 2]"}},
    ),
    Case(
        "leading literals",
        "import math\nlr = 0.1\nepochs = 3  # how many\nprint(lr, epochs)",
        "1.0 5",
        options={"params": {"lr": "1", "epochs": "5"}},
    ),
    Case(
        "a captured literal as a param",
        "print(lr, twice)",
        "0.5 1.0",
        ("lr = 0.1", "twice = lr * 2"),
        {"params": {"lr": "0.5"}},
    ),
    Case(
        "main() keeps its line after a long call",
        "def main(a=1):\n    print(a)\nmain(\n)\n",
        "2",
        options={"params": {"a": "2"}},
    ),
    Case(
        "a whole cell included",
        "print(device)",
        "cpu",
        ("def pick(): return 'cpu'", "device = pick()"),
        {"include": (2,)},
        takes={"In[2]", "pick"},
    ),
    Case(
        "an included cell that awaits",
        "print(x)",
        "7",
        ("import asyncio", "x = await asyncio.sleep(0, 7)"),
        {"include": (2,)},
    ),
    Case(
        "an included cell that uses itself as it was",
        "print(f())",
        "2",
        ("def f(): return 1", "f = (lambda g: lambda: g() + 1)(f)"),
        {"include": (2,)},
    ),
    Case("nothing taken", "print('bare')", "bare", ("x = object()",), {"bare": True}, takes=set()),
    Case(
        "a value that is sent",
        "print(cfg.lr)",
        "3",
        ("class Config:\n    lr = 1", "cfg = Config(); cfg.lr = 3"),
        {"send": ("cfg",)},
    ),
    Case(
        "a sent value is an instance of the class here",
        "print(isinstance(cfg, Config))",
        "True",
        ("class Config: pass", "cfg = Config()"),
        {"send": ("cfg",)},
    ),
    Case(
        "a sent closure",
        "print(add3(4))",
        "7",
        ("def make(a):\n    return lambda b: a + b", "add3 = make(3)"),
        {"send": ("add3",)},
    ),
    Case(
        "a sent value as a default",
        "print(f())",
        "[1]",
        ("xs = list(map(int, '1'))", "def f(x=xs): return x"),
        {"send": ("xs",)},
    ),
    Case(
        "a module beside the notebook",
        "import helper\nprint(helper.twice(2))",
        "4",
        files={"helper.py": "def twice(x): return x * 2\n"},
    ),
    Case(
        "a module that imports others",
        "from pkg.a import f\nprint(f())",
        "5",
        files={
            "pkg/__init__.py": "",
            "pkg/a.py": "from .b import g\nfrom . import c\ndef f(): return g() + c.two\n",
            "pkg/b.py": "import deep\ndef g(): return deep.three\n",
            "pkg/c.py": "two = 2\n",
            "deep.py": "three = 3\n",
            "unused.py": "1/0",
        },
    ),
    Case(
        "a module imported by an earlier cell",
        "print(f())",
        "1",
        ("def f():\n    import lazy_helper\n    return lazy_helper.one",),
        files={"lazy_helper.py": "one = 1\n"},
    ),
    Case(
        "a module imported by its name",
        "import importlib\nprint(importlib.import_module('plug.one').x)",
        "1",
        files={"plug/one.py": "x = 1\n"},
    ),
    Case(
        "a package without __init__",
        "import spaced.inner\nprint(spaced.inner.x)",
        "1",
        files={"spaced/inner.py": "x = 1\n"},
    ),
    Case(
        "a data file that is added",
        "print(open('words.txt').read())",
        "hi",
        files={"words.txt": "hi"},
        options={"with_files": ("words.txt",)},
    ),
    Case(
        "a folder as the code",
        "import tool\nprint(tool.x, open('conf/a.txt').read())",
        "1 a",
        files={
            "proj/tool.py": "x = 1\n",
            "proj/conf/a.txt": "a",
            "proj/junk.log": "x",
            "proj/.gitignore": "*.log\n",
        },
        options={"code": "proj"},
    ),
    Case("unicode in source and names", "print(größe, '南瓜')", "3 南瓜", ("größe = 3",)),
    Case("a tab and a form feed", "if True:\n\tprint('tab')", "tab"),
    Case("windows line ends", "x = 1\r\nprint(x)\r\n", "1"),
    Case("display becomes print without IPython", "display('shown')", "shown"),
    Case(
        "a type hint of an attribute",
        "import enum\nclass E(enum.Enum):\n    A = 1\nprint(E.A.value, Mode.X.name)",
        "1 X",
        ("import enum", "class Mode(enum.Enum):\n    X = 1"),
    ),
    Case(
        "inheritance with super()",
        "print(B().f())",
        "2",
        (
            "class A:\n    def f(self): return 1",
            "class B(A):\n    def f(self):\n        return super().f() + 1",
        ),
    ),
    Case("a generator function", "print(sum(gen(3)))", "3", ("def gen(n):\n    yield from range(n)",)),
    Case("a name used only in an f-string", "print(f'{greet!r:>7}')", "   'hi'", ("greet = 'hi'",)),
    Case(
        "an attribute of a module as a value", "print(T)", "3.141592653589793", ("import math", "T = math.pi")
    ),
    Case(
        "a question about the machine is asked again there",
        "print(device)",
        "cuda",
        ("import torch", "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')"),
        files={"torch/__init__.py": TORCH, "torch/cuda.py": CUDA, "gpu": ""},
        options={"with_files": ("gpu",)},
    ),
    Case(
        "a namespace of settings",
        "print(cfg.lr, args.n)",
        "0.1 2",
        (
            "from types import SimpleNamespace\nimport argparse",
            "cfg = SimpleNamespace(lr=0.1)\nargs = argparse.Namespace(n=2)",
        ),
    ),
    Case(
        "an alias of a type",
        "print(V)",
        "typing.Optional[int]",
        ("import typing as t", "V = t.Optional[int]"),
    ),
    Case("an alias of a function", "print(g())", "1", ("def f(): return 1", "g = f"), takes={"f", "g"}),
    Case("a table of classes", "print(T['a']().x)", "1", ("class A:\n    x = 1", "T = {'a': A}")),
    Case(
        "a star import of a module beside the notebook",
        "print(helper())",
        "5",
        ("from ut import *",),
        files={"ut.py": "import deeper\ndef helper(): return deeper.five\n", "deeper.py": "five = 5\n"},
        takes={"helper"},
    ),
    Case(
        "a function that imports inside",
        "print(f())",
        "2",
        ("def f():\n    from math import sqrt\n    return int(sqrt(4))",),
    ),
    Case(
        "a nested function with a default of the notebook",
        "print(f()())",
        "9",
        ("K = 9", "def f():\n    def g(k=K): return k\n    return g"),
        takes={"f", "K"},
    ),
    Case(
        "a property and a class method",
        "print(A.make().double)",
        "4",
        (
            (
                "class A:\n    n = 2\n    @classmethod\n    def make(cls): return cls()\n"
                "    @property\n    def double(self): return self.n * 2"
            ),
        ),
    ),
    Case(
        "a class that uses itself",
        "print(Node(1, Node(2)).next.value)",
        "2",
        (
            (
                "class Node:\n    def __init__(self, value, next: 'Node | None' = None):\n"
                "        self.value, self.next = value, next"
            ),
        ),
    ),
    Case(
        "an exception of the notebook",
        "try: f()\nexcept Bad as e: print(e)",
        "no",
        ("class Bad(Exception): pass", "def f(): raise Bad('no')"),
    ),
    Case(
        "a context manager",
        "with cm() as x: print(x)",
        "1",
        ("from contextlib import contextmanager", "@contextmanager\ndef cm():\n    yield 1"),
        takes={"cm", "contextmanager"},
    ),
    Case(
        "a cached function",
        "print(f(3))",
        "3",
        ("from functools import lru_cache", "@lru_cache(maxsize=None)\ndef f(n): return n"),
    ),
    Case(
        "a protocol and a generic",
        "print(Box(1).item)",
        "1",
        (
            "from typing import Generic, TypeVar",
            "T = TypeVar('T')",
            "class Box(Generic[T]):\n    def __init__(self, item: T): self.item = item",
        ),
        takes={"Box", "Generic", "T", "TypeVar"},
    ),
    Case(
        "threads and a lock made in the cell",
        "import threading\nlock = threading.Lock()\nwith lock: print('in')",
        "in",
        ("lock = object()",),
        takes=set(),
    ),
    Case("delete and define again", "x = 1\ndel x\nx = 2\nprint(x)", "2", takes=set()),
]
