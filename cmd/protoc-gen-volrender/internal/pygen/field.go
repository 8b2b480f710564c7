package pygen

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// functions of the support module that make a field of each kind.
var functions = map[plan.Kind]string{
	plan.Bool:      "bool_",
	plan.Int32:     "int32",
	plan.Sint32:    "sint32",
	plan.Sfixed32:  "sfixed32",
	plan.Uint32:    "uint32",
	plan.Fixed32:   "fixed32",
	plan.Int64:     "int64",
	plan.Sint64:    "sint64",
	plan.Sfixed64:  "sfixed64",
	plan.Uint64:    "uint64",
	plan.Fixed64:   "fixed64",
	plan.Float:     "float_",
	plan.Double:    "double",
	plan.String:    "string",
	plan.Bytes:     "bytes_",
	plan.EnumKind:  "enum",
	plan.Timestamp: "timestamp",
	plan.Absence:   "absence",

	plan.MessageKind: "nested",
}

// printer prints fields as calls of the functions that make them. The methods of
// its maker say how messages and enums are called in the module.
type printer struct {
	// prefix stands before a function of the runtime: "support.".
	prefix  string
	literal func(string) string
	message func(*plan.Message) string
	enum    func(*plan.Enum) string
	// more adds what one output alone says of a value.
	more func(c *call, f *plan.Field)
}

// call is a call of Python, while it is put together.
type call struct {
	function string
	args     []string
}

func (c *call) add(format string, a ...any) { c.args = append(c.args, fmt.Sprintf(format, a...)) }

// flag adds name=True.
func (c *call) flag(set bool, name string) {
	if set {
		c.add("%s=True", name)
	}
}

func (c *call) String() string { return c.function + "(" + strings.Join(c.args, ", ") + ")" }

// field prints a field: uint64(1, "offset", column="offset").
func (p *printer) field(f filled) string {
	switch f.Label {
	case plan.Repeated:
		c := &call{function: p.prefix + "repeated", args: []string{p.value(f)}}
		c.flag(f.Packed, "packed")
		return c.String()
	case plan.Map:
		c := &call{function: p.prefix + "map_"}
		c.add("%d, %s", f.Number, p.literal(f.Name))
		c.add("%s, %s", p.value(filled{Field: f.Key, entry: true}), p.value(filled{Field: f.Value, entry: true}))
		p.place(c, f)
		p.more(c, f.Field)
		return c.String()
	}
	return p.value(f)
}

// value prints a field, or what each value of a repeated field is.
func (p *printer) value(f filled) string {
	c := &call{function: p.prefix + functions[f.Kind]}
	c.add("%d, %s", f.Number, p.literal(f.Name))
	switch {
	case f.of != nil:
		c.add("of=%s", p.literal(f.of.Name))
	case f.Kind == plan.Absence:
		c.function = p.prefix + "enum"
		c.add("%sABSENCE", p.prefix)
	case f.Kind == plan.EnumKind:
		c.add("%s", p.enum(f.Enum))
	case f.Kind == plan.MessageKind:
		c.add("%s", p.message(f.Message))
		c.flag(f.Delimited, "delimited")
	}
	p.place(c, f)
	// An entry of a map always has both of its fields, a list all of its values.
	c.flag(f.Presence == plan.Implicit && f.Label == plan.Singular && !f.entry, "implicit")
	c.flag(f.Presence == plan.Required, "required")
	if f.Oneof != nil {
		c.add("oneof=%s", p.literal(f.Oneof.Name))
	}
	p.more(c, f.Field)
	return c.String()
}

// place prints where the value comes from.
func (p *printer) place(c *call, f filled) {
	if f.cell.Column != "" {
		c.add("column=%s", p.literal(f.cell.Column))
	}
	if f.cell.Title != "" && f.cell.Title != f.Name {
		c.add("title=%s", p.literal(f.cell.Title))
	}
	c.flag(f.cell.Sometimes, "sometimes")
	c.flag(f.cell.Depth, "depth")
}

// number prints an integer of a kind, whose bits are given as 64.
func number(k plan.Kind, bits uint64) string {
	switch {
	case k == plan.EnumKind || k.Signed() && k.Bits() == 32:
		return fmt.Sprint(int32(bits))
	case k.Signed():
		return fmt.Sprint(int64(bits))
	}
	return fmt.Sprintf("%#x", bits)
}

// defaultOf prints the value that the schema gives an unset field.
func defaultOf(f *plan.Field) string {
	switch f.Kind {
	case plan.Bool:
		if f.Default.Bits != 0 {
			return "True"
		}
		return "False"
	case plan.Float, plan.Double:
		return float(math.Float64frombits(f.Default.Bits))
	case plan.String:
		return "u" + quoted(f.Default.Text)
	case plan.Bytes:
		return bytesLiteral(f.Default.Text)
	}
	return number(f.Kind, f.Default.Bits)
}

func float(x float64) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return fmt.Sprintf("float(\"%g\")", x)
	}
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// numbers prints an enum's names and numbers.
func (v *version) numbers(e *plan.Enum) string {
	parts := make([]string, len(e.Values))
	for i, value := range e.Values {
		parts[i] = fmt.Sprintf("%s: %d", v.literal(value.Name), value.Number)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
