"""What a function's source says of its names."""
import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

# Steps that are not a number: any element of what can be gone through, and what a
# `with` makes of its value.
EACH, ENTERED = "each", "entered"


class Facts(object):
    """What a body says of its names, whatever the order of its statements.

    assigned    by name, what it is set to: (expression, steps) pairs, where steps lead
                from the expression's value to the name's, as flow3 has them
    added       by name, what is added to the list of that name: (expression, many)
    functions   by name, the functions that are defined in it
    returns     the expressions that it returns
    yields      what it yields: (expression, many), many for `yield from`
    attributes  by name, what attributes of objects are set to, as assigned
    stored      by name, what is stored in the dictionary of that name: (key, expression),
                None for a key that is not a constant
    """

    def __init__(self, node):
        self.assigned, self.added, self.functions = {}, {}, {}
        self.attributes, self.stored = {}, {}
        self.returns, self.yields = [], []
        if isinstance(node, ast.Lambda):
            self.returns.append(node.body)
            self._look(node.body)
            return
        for each in node.body:
            self._look(each)

    @property
    def generates(self):
        return bool(self.yields)

    def _look(self, node):
        if isinstance(node, FUNCTIONS[:2]):
            self.functions[node.name] = node
            return
        if isinstance(node, (ast.Lambda, ast.ClassDef)):
            return
        look = getattr(self, "_" + type(node).__name__.lower(), None)
        if look:
            look(node)
        for child in ast.iter_child_nodes(node):
            self._look(child)

    def _bind(self, target, expression, steps=()):
        if isinstance(target, ast.Name):
            self.assigned.setdefault(target.id, []).append((expression, steps))
        elif isinstance(target, (ast.Tuple, ast.List)):
            if any(isinstance(each, ast.Starred) for each in target.elts):
                return
            for number, each in enumerate(target.elts):
                self._bind(each, expression, steps + (number,))
        elif isinstance(target, ast.Attribute):
            self.attributes.setdefault(target.attr, []).append((expression, steps))
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and not steps:
            index = target.slice.value if type(target.slice).__name__ == "Index" else target.slice
            key = index.value if isinstance(index, ast.Constant) else None
            self.stored.setdefault(target.value.id, []).append((key, expression))

    def _assign(self, node):
        for target in node.targets:
            self._bind(target, node.value)

    def _annassign(self, node):
        if node.value is not None:
            self._bind(node.target, node.value)

    def _namedexpr(self, node):
        self._bind(node.target, node.value)

    def _augassign(self, node):
        if isinstance(node.target, ast.Name):
            if isinstance(node.op, ast.Add):
                self.added.setdefault(node.target.id, []).append((node.value, True))
            self._bind(node.target, ast.BinOp(left=node.target, op=node.op, right=node.value))

    def _for(self, node):
        self._bind(node.target, node.iter, (EACH,))

    _asyncfor = _comprehension = _for

    def _with(self, node):
        for item in node.items:
            if item.optional_vars is not None:
                self._bind(item.optional_vars, item.context_expr, (ENTERED,))

    def _return(self, node):
        if node.value is not None:
            self.returns.append(node.value)

    def _yield(self, node):
        if node.value is not None:
            self.yields.append((node.value, False))

    def _yieldfrom(self, node):
        self.yields.append((node.value, True))

    def _call(self, node):
        func = node.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and len(node.args) == 1:
            if func.attr in ("append", "extend"):
                self.added.setdefault(func.value.id, []).append((node.args[0], func.attr == "extend"))
