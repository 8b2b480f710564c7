"""What generated modules rely on, as a number.

Works under Python 2.7 and 3.
"""

# It grows when they need something new, and when something that they need goes; a
# module names the one it was generated for.
ABI = 5


def require(abi):
    if abi != ABI:
        raise ImportError(
            "this module was generated for ABI %d of the volrender_*.py beside it, which have ABI %d: "
            "run protoc-gen-volrender for the whole folder again" % (abi, ABI)
        )
