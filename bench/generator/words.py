"""What plugins and their columns are called: the words that made-up schemas are of.

They are those of Volatility's own tables, so that names, comments and options are as
long and as mixed as there.
"""

# The share of messages, in hundredths, that each file of a family gets; what their
# plugins' modules begin with.
FAMILIES = [
    ("volatility3", "windows", 33),
    ("volatility3", "linux", 17),
    ("volatility3", "mac", 7),
    ("volatility3", "generic", 5),
    ("volatility2", "windows", 13),
    ("volatility2", "linux", 12),
    ("volatility2", "mac", 13),
]

SUBJECTS = """process thread module driver handle file registry hive socket mount symbol
service callback timer token device cache page region library environment capability
keyring session desktop window message hook trap interrupt table pool heap stack""".split()

ASPECTS = "list scan tree check dump info strings map trace stat hunt view".split()

# A column: its title, the field's type, what is said of it, and its option beside the
# title. Of 14 of these a message's fields are taken.
COLUMNS = [
    ("PID", "int64", "The process ID.", "key: true"),
    ("PPID", "int64", "The process ID of the parent.", ""),
    ("TID", "int64", "The thread ID.", ""),
    ("COMM", "string", "The name that the process gave itself, at most 15 bytes.", ""),
    ("ImageFileName", "string", "The name of the file that the process runs, at most 14 bytes.", ""),
    ("Offset(V)", "uint64", "The virtual address of the object that the row is made of.", "meaning: MEANING_CANONICAL_ADDRESS"),
    ("OFFSET (P)", "uint64", "The physical address of the object that the row is made of.", "meaning: MEANING_ADDRESS"),
    ("Start", "uint64", "The first address of the range.", "meaning: MEANING_CANONICAL_ADDRESS"),
    ("End", "uint64", "The last address of the range.", "meaning: MEANING_CANONICAL_ADDRESS"),
    ("Flags", "uint64", "The flags as the kernel has them.", "meaning: MEANING_HEXADECIMAL"),
    ("Protection", "string", "How the memory may be used, in letters.", ""),
    ("Size", "uint64", "The size in bytes.", "meaning: MEANING_HEXADECIMAL"),
    ("CreateTime", "google.protobuf.Timestamp", "When the object was made.", ""),
    ("ExitTime", "google.protobuf.Timestamp", "When the object ended.", ""),
    ("File Path", "string", "The path of the file, as the guest has it.", ""),
    ("File output", "string", "The name of the file that was written, where one was asked for.", ""),
    ("Wow64", "bool", "Whether a process of 32 bits runs on a system of 64.", ""),
    ("SessionId", "int64", "The session that the process belongs to.", ""),
    ("Threads", "int64", "How many threads there are.", ""),
    ("LocalAddr", "string", "The address of this end.", ""),
    ("LocalPort", "int64", "The port of this end.", ""),
    ("ForeignAddr", "string", "The address of the other end.", ""),
    ("State", "string", "The state of the connection.", ""),
    ("Hexdump", "bytes", "The first bytes.", ""),
    ("Entropy", "double", "How mixed the bytes are, from 0 to 8.", ""),
    ("Symbol", "string", "The symbol at the address, if one is known there.", ""),
]

OPTIONS = [
    ("pid", "INT", True, "Only these processes."),
    ("dump", "BOOL", False, "Write what the rows speak of to files."),
    ("name", "STRING", True, "Only objects of these names."),
    ("physical", "BOOL", False, "Show physical addresses."),
    ("offset", "INT", False, "Only the object at this address."),
]
