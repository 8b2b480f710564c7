"""The source of commands under Volatility 2, as Python's parser has it."""
import ast
import inspect
import sys

_classes = {}


class Function(object):
    """A method's source. owner is the class that has it, cls the command's own, by which
    self is looked up."""

    def __init__(self, node, owner, cls):
        self.node, self.owner, self.cls = node, owner, cls
        self._nodes = None

    @property
    def names(self):
        """What names of the module mean."""
        return vars(sys.modules[self.owner.__module__])

    def nodes(self, *kinds):
        """The nodes of some kinds, those of functions within left out, in the order in
        which they stand."""
        if self._nodes is None:
            self._nodes = list(walk(self.node))
        return [node for node in self._nodes if isinstance(node, kinds)]

    def values(self, name):
        """The expressions that are assigned to a name here; what is taken apart
        otherwise is not among them."""
        found = []
        for node in self.nodes(ast.Assign):
            for target in node.targets:
                found += assigned(target, node.value, name)
        return found

    def sources(self, node):
        """Where the value of a name, or of an item of one, comes from: pairs of an
        expression and the Function that it stands in. What comes with the data comes from
        calculate()."""
        if isinstance(node, ast.Name):
            found = [(value, self) for value in self.values(node.id)] + self.taken_apart(node.id)
            for loop in self.loops("data"):
                names = names_of(loop.target)
                if node.id in names:
                    found += self.data(names.index(node.id), len(names))
            return found
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            index = getattr(getattr(node.slice, "value", None), "n", None)
            if index is not None and node.value.id in [getattr(each.target, "id", "") for each in self.loops("data")]:
                return self.data(index)
        return []

    def taken_apart(self, name):
        """What a name gets of what a method of its own returns."""
        found = []
        for node in self.nodes(ast.Assign):
            for names in map(names_of, node.targets):
                below = self.called(node.value) if name in names else None
                for each in below.nodes(ast.Return) if below else ():
                    items = getattr(each.value, "elts", ())
                    if len(items) == len(names):
                        found.append((items[names.index(name)], below))
        return found

    def found_none(self, node):
        """Whether an expression is what an assignment takes after finding that it is
        None: Volatility's NoneObject, which is not None and says why there is no value."""
        for test in self.nodes(ast.If):
            if is_none(test.test) and any(getattr(each, "value", None) is node for each in test.body):
                return ast.dump(test.test.left) == ast.dump(node)
        return False

    def loops(self, name):
        return [each for each in self.nodes(ast.For) if getattr(each.iter, "id", "") == name]

    def data(self, index, count=None):
        """What stands at an index of the tuples that calculate() yields: of those of so
        many, where that is given."""
        found = []
        calculate = self.method("calculate")
        for node in calculate.nodes(ast.Yield) if calculate else ():
            below = calculate.called(node.value)
            within = [each.value for each in below.nodes(ast.Return)] if below else [node.value]
            for each in within:
                items = getattr(each, "elts", ())
                if index < len(items) and count in (None, len(items)):
                    found.append((items[index], below or calculate))
        return found

    def called(self, node):
        """The Function that an expression calls, where that is a method of its own, or
        stands within; else None."""
        target = node.func if isinstance(node, ast.Call) else None
        if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self":
            return self.method(target.attr)
        for each in ast.walk(self.node) if isinstance(target, ast.Name) else ():
            if isinstance(each, ast.FunctionDef) and each.name == target.id:
                return Function(each, self.owner, self.cls)
        return None

    def method(self, name):
        return method(self.cls, name)


def is_none(test):
    """Whether a condition asks whether something is None."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], (ast.Eq, ast.Is)):
        return False
    return getattr(test.comparators[0], "id", "") == "None"


def names_of(target):
    """The names that something is taken apart into, "" for what is no name."""
    return [getattr(each, "id", "") for each in getattr(target, "elts", ())]


def walk(node):
    """The nodes below one, top down, functions and classes within left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield child
        for below in walk(child):
            yield below


def assigned(target, value, name):
    if isinstance(target, ast.Name):
        return [value] if target.id == name else []
    if not isinstance(target, (ast.Tuple, ast.List)):
        return []
    if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
        return [found for pair in zip(target.elts, value.elts) for found in assigned(pair[0], pair[1], name)]
    return []


def owner(cls, name):
    """The class, of a class and its parents, that an attribute comes from; None where
    none has it."""
    return next((each for each in cls.__mro__ if name in vars(each)), None)


def method(cls, name):
    """The Function of a method; None where its source is not there."""
    found = owner(cls, name)
    function = vars(found).get(name) if found else None
    function = getattr(function, "__func__", function)
    code = getattr(function, "func_code", None)
    for node in class_body(found):
        if isinstance(node, ast.FunctionDef) and node.name == name and (code is None or wrapped(node) or near(node, code)):
            return Function(node, found, cls)
    return None


def of_code(cls, code):
    """The Function that a command's class, or a parent of it, has for a code object:
    a method, or a function within one."""
    for each in cls.__mro__:
        for body in class_body(each):
            for node in ast.walk(body):
                if isinstance(node, ast.FunctionDef) and node.name == code.co_name and near(node, code):
                    return Function(node, each, cls)
    return None


def wrapped(node):
    """Whether a decorator may have put another function in its place."""
    return bool(node.decorator_list)


def near(node, code):
    """Whether a function's node is that of the code: its line is that of its first
    decorator, or its own."""
    return node.lineno - len(node.decorator_list) <= code.co_firstlineno <= node.lineno


def class_body(cls):
    """The statements of a class; none where its source is not there."""
    if cls is None or cls is object:
        return []
    return module_classes(cls.__module__).get(cls.__name__, [])


def module_classes(name):
    """The statements of a module's classes, by name: the last of a name counts."""
    if name not in _classes:
        try:
            tree = ast.parse(inspect.getsource(sys.modules[name]))
        except (IOError, KeyError, TypeError, SyntaxError):  # built in, or without its source
            tree = ast.Module(body=[])
        found = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        _classes[name] = dict((node.name, node.body) for node in found)
    return _classes[name]
