package plan

import (
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
)

// pythonBuiltins are what expressions may call without an import, in either
// version.
var pythonBuiltins = words(`
	ArithmeticError AttributeError BaseException Exception ImportError IndexError KeyError
	KeyboardInterrupt LookupError MemoryError NameError NotImplemented NotImplementedError OSError
	OverflowError RuntimeError StopIteration SystemExit TypeError UnicodeError ValueError Warning
	Ellipsis IOError EnvironmentError ZeroDivisionError
	abs all any apply ascii basestring bin bool buffer bytearray bytes callable chr classmethod cmp
	coerce compile complex copyright credits delattr dict dir divmod enumerate eval execfile exit
	file filter float format frozenset getattr globals hasattr hash help hex id input int intern
	isinstance issubclass iter len license list locals long map max memoryview min next object oct
	open ord pow property quit range raw_input reduce reload repr reversed round set setattr slice
	sorted staticmethod str sum super tuple type unichr unicode vars xrange zip`)

// pythonWord reports a keyword of either version: a schema's names are the same
// in both.
func pythonWord(name string) bool {
	return pythonKeywords[name] || python2Keywords[name] || python3Keywords[name]
}

// pythonRow are what every row has in Python beside its fields.
var pythonRow = words(`self decode encode get unknown_fields _attributes _by_attribute _chosen _fill _shape _which`)

// pythonFieldTaken reports a name that an attribute can't have: Python itself
// gives a meaning to those that begin with two underscores.
func pythonFieldTaken(name string) bool {
	special := strings.HasPrefix(name, "__") && !strings.HasSuffix(name, "___")
	return special || pythonWord(name) || pythonRow[name]
}

// pythonTaken reports a name that a message can't have in a module.
func pythonTaken(name string) bool {
	return pythonWord(name) || pythonOwn[name] || pythonScope[name] || pythonBuiltins[name] || name == "rows"
}

func pythonFile(f *file) {
	module := stem(f.Path) + "_volrender"
	pb2 := strings.TrimSuffix(f.Path, ".proto")
	pb2 = strings.ReplaceAll(strings.ReplaceAll(pb2, "-", "_"), "/", ".") + "_pb2"
	rows := stem(f.Path) + "_rows"
	if strings.EqualFold(rows, "volrender_rows") {
		rows += "_" // a module of the runtime
	}
	f.Python = PythonFile{Module: module, Filename: module + ".py", Rows: rows, PB2: pb2}
}

// namePython names what is in a file; modules are the names of the others, which
// it may import.
func namePython(f *file, modules []string) {
	module := scope{}
	for _, name := range modules {
		module[name] = true
	}
	for _, m := range f.Messages {
		nested := strings.TrimPrefix(strings.TrimPrefix(m.FullName, f.Package), ".")
		m.PyName = module.claim(flat(nested), pythonTaken, nil)
		fields := scope{}
		for _, field := range m.Fields {
			field.PyName = fields.claim(field.Name, pythonFieldTaken, nil)
		}
		for _, o := range m.Oneofs {
			o.PyName = fields.claim("which_"+o.Name, pythonFieldTaken, nil)
		}
	}
	eachEnum(f, func(e *Enum, gen *protogen.Enum) {
		nested := strings.TrimPrefix(strings.TrimPrefix(e.FullName, f.Package), ".")
		e.PyName = module.claim(flat(nested), pythonTaken, nil)
	})
}

// pythonModules refuses two files whose modules would be one: all modules lie
// in one folder, and on some systems the case of a name does not count.
func (b *builder) pythonModules(files []*file) {
	seen := map[string]*file{}
	for _, f := range files {
		key := strings.ToLower(f.Python.Module)
		if other := seen[key]; other != nil {
			b.errorf(Pos{File: f.Path}, "rename one of the two files",
				"%s and %s would both become the Python module %s", other.Path, f.Path, f.Python.Module)
		}
		seen[key] = f
	}
}
