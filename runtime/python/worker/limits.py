"""How much a command may take."""
import resource


def memory(more):
    """Lets this process take so many bytes of memory besides what it has; 0 is no
    limit."""
    if not more:
        return
    limit = data_size() + more
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def lift():
    """Takes the limit back: who has come up against it needs memory to say so."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def data_size():
    """The memory of its own that this process has, in bytes, as RLIMIT_DATA counts it."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return 0
