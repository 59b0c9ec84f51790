"""What a pickle may import without harm, and what runs code as soon as it is called."""

_STORAGES = "Float Double Half BFloat16 Long Int Short Char Byte Bool ComplexFloat ComplexDouble".split()
_TORCH_TYPES = (
    "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 bool complex64 complex128 half float double "
    "long int short Size device Tensor"
).split()
_PLAIN = (
    "set frozenset list dict tuple int float bool str bytes bytearray complex slice range object xrange unicode long"
)
_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
HARMLESS = frozenset(
    [f"{module}.{name}" for module in ("builtins", "__builtin__") for name in _PLAIN.split()]
    + [f"collections.{name}" for name in ("OrderedDict", "defaultdict", "deque", "Counter")]
    + [f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")]
    + ["decimal.Decimal", "fractions.Fraction", "uuid.UUID", "_codecs.encode"]
    + ["copyreg._reconstructor", "copy_reg._reconstructor"]
    + [f"pathlib.{name}" for name in ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath")]
    + [f"{module}.{name}" for module in _NUMPY for name in ("_reconstruct", "scalar")]
    + ["numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer", "numpy.ndarray", "numpy.dtype"]
    + ["joblib.numpy_pickle.NumpyArrayWrapper"]
    + [f"torch.{name}Storage" for name in _STORAGES]
    + [f"torch.{name}" for name in _TORCH_TYPES]
    + [f"torch._utils.{name}" for name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter")]
    + ["torch.storage.UntypedStorage", "torch.storage.TypedStorage", "torch.nn.parameter.Parameter"]
    + ["pandas.core.frame.DataFrame", "pandas.core.series.Series", "pandas._libs.internals._unpickle_block"]
    + [f"pandas.core.internals.managers.{name}" for name in ("BlockManager", "SingleBlockManager")]
    + [f"pandas.core.indexes.base.{name}" for name in ("Index", "_new_Index")]
    + ["pandas.core.indexes.range.RangeIndex"]
    + [f"scipy.sparse.{place}.{kind}_matrix" for kind in ("csr", "csc") for place in (f"_{kind}", kind)]
)

# The first step of a module's name: its functions run code, start programs, or load what does.
RUNS_CODE = frozenset(
    (
        "os posix nt subprocess commands popen2 sys builtins __builtin__ importlib imp runpy pty code codeop pdb bdb "
        "timeit cProfile profile trace doctest ctypes _ctypes multiprocessing asyncio socket shutil webbrowser "
        "platform pip pydoc idlelib lib2to3 distutils setuptools venv ensurepip pickle _pickle dill cloudpickle "
        "marshal types functools _functools operator _operator ssl http urllib urllib2 requests aiohttp httplib "
        "smtplib ftplib telnetlib shelve linecache zipimport site signal threading _thread antigravity"
    ).split()
)


def runs_code(name: str) -> bool:
    """Whether a global, `module.name`, belongs to a module known for running code."""
    return name.split(".", 1)[0] in RUNS_CODE or name == "torch.storage._load_from_bytes"
