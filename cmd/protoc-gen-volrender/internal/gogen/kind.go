package gogen

import (
	"fmt"
	"math"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// kind is what a kind of field is in Go and in package row.
type kind struct {
	// goType is the type of a value; for what a plan or package row defines see the
	// function of that name.
	goType string
	// row is the row.Kind, and form what package row is to know of the encoding.
	row, form string
	// value is the function that makes a row.Value, for defaults.
	value string
}

var kinds = map[plan.Kind]kind{
	plan.Bool:        {goType: "bool", row: "Bool", value: "BoolValue"},
	plan.Int32:       {goType: "int32", row: "Int", value: "IntValue"},
	plan.Sint32:      {goType: "int32", row: "Int", form: "Zigzag", value: "IntValue"},
	plan.Sfixed32:    {goType: "int32", row: "Int", form: "Fixed", value: "IntValue"},
	plan.Uint32:      {goType: "uint32", row: "Uint", value: "UintValue"},
	plan.Fixed32:     {goType: "uint32", row: "Uint", form: "Fixed", value: "UintValue"},
	plan.Int64:       {goType: "int64", row: "Int", value: "IntValue"},
	plan.Sint64:      {goType: "int64", row: "Int", form: "Zigzag", value: "IntValue"},
	plan.Sfixed64:    {goType: "int64", row: "Int", form: "Fixed", value: "IntValue"},
	plan.Uint64:      {goType: "uint64", row: "Uint", value: "UintValue"},
	plan.Fixed64:     {goType: "uint64", row: "Uint", form: "Fixed", value: "UintValue"},
	plan.Float:       {goType: "float32", row: "Float", value: "FloatValue"},
	plan.Double:      {goType: "float64", row: "Double", value: "DoubleValue"},
	plan.String:      {goType: "string", row: "String", value: "StringValue"},
	plan.Bytes:       {goType: "[]byte", row: "Bytes", value: "BytesValue"},
	plan.EnumKind:    {goType: "int32", row: "Enum", value: "EnumValue"},
	plan.Absence:     {row: "Enum", value: "EnumValue"},
	plan.Timestamp:   {row: "Time"},
	plan.MessageKind: {row: "Nested"},
}

// valueType is the type of one value of a field; a message's is the struct, not a
// pointer to it.
func valueType(f *plan.Field) *jen.Statement {
	switch f.Kind {
	case plan.Timestamp:
		return runtime("Timestamp")
	case plan.Absence:
		return runtime("Absence")
	case plan.MessageKind:
		return jen.Qual(f.Message.File.Go.ImportPath, f.Message.GoName)
	case plan.EnumKind:
		if f.Enum.Local {
			return jen.Id(f.Enum.GoName)
		}
	}
	return jen.Id(kinds[f.Kind].goType)
}

// goType is a field's type.
func goType(f *plan.Field) *jen.Statement {
	switch {
	case f.Label == plan.Map:
		return jen.Map(valueType(f.Key)).Add(single(f.Value))
	case f.Label == plan.Repeated:
		return jen.Index().Add(valueType(f))
	}
	return single(f)
}

// single is the type of a value that stands alone: a message by a pointer.
func single(f *plan.Field) *jen.Statement {
	if f.Kind == plan.MessageKind {
		return jen.Op("*").Add(valueType(f))
	}
	return valueType(f)
}

// keepsMessages reports fields with messages by pointers.
func keepsMessages(f *plan.Field) bool { return f.Kind == plan.MessageKind && f.Label != plan.Repeated }

// absentValue is the number that stands for no value, as a constant.
func absentValue(f *plan.Field) string {
	if f.Kind.Signed() {
		return strconv.FormatInt(int64(f.AbsentValue), 10)
	}
	return hexadecimal(f.AbsentValue)
}

func hexadecimal(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }

// defaultValue is a field's default as an expression of its type.
func defaultValue(f *plan.Field) jen.Code {
	bits := f.Default.Bits
	switch f.Kind {
	case plan.Bool:
		return jen.Lit(bits != 0)
	case plan.String:
		return jen.Lit(f.Default.Text)
	case plan.Bytes:
		return jen.Index().Byte().Parens(jen.Lit(f.Default.Text))
	case plan.Float, plan.Double:
		return floatValue(f, math.Float64frombits(bits))
	case plan.EnumKind, plan.Absence:
		return jen.Id(strconv.Itoa(int(int32(bits))))
	}
	if f.Kind.Signed() {
		return jen.Id(strconv.FormatInt(int64(bits), 10))
	}
	return jen.Id(strconv.FormatUint(bits, 10))
}

// floatValue is a number that need not be one that Go has a constant for.
func floatValue(f *plan.Field, v float64) jen.Code {
	odd := math.IsNaN(v) || math.IsInf(v, 0) || v == 0 && math.Signbit(v)
	switch {
	case odd && f.Kind == plan.Float:
		return runtime("FloatOfBits").Call(jen.Id(hexadecimal(uint64(math.Float32bits(float32(v))))))
	case odd:
		return runtime("DoubleOfBits").Call(jen.Id(hexadecimal(math.Float64bits(v))))
	case f.Kind == plan.Float:
		return jen.Id(strconv.FormatFloat(v, 'g', -1, 32))
	}
	return jen.Id(strconv.FormatFloat(v, 'g', -1, 64))
}

// self is a method's receiver.
func self(m *plan.Message) jen.Code { return jen.Id("m").Op("*").Id(m.GoName) }

// member is a field of the receiver.
func member(f *plan.Field) string { return "m." + f.GoName }

// runtime is a name of package row.
func runtime(name string) *jen.Statement { return jen.Qual(rowPath, name) }

// words is how many words of presence bits a message has.
func words(m *plan.Message) int {
	bits := 0
	for _, f := range m.Fields {
		bits = max(bits, f.Bit+1)
	}
	return (bits + 63) / 64
}

// presenceWord is the word of a field's presence bit.
func presenceWord(f *plan.Field) string { return fmt.Sprintf("m.has[%d]", f.Bit/64) }

// mask is a field's bit in its word.
func mask(f *plan.Field) string {
	bit := f.Bit % 64
	if bit < 4 {
		return strconv.Itoa(1 << bit)
	}
	return fmt.Sprintf("(1<<%d)", bit)
}

// isSet is the test for a field that has a value, apart from a number that stands
// for none.
func isSet(f *plan.Field) string {
	if f.Bit < 0 {
		return member(f) + " != nil"
	}
	return presenceWord(f) + "&" + mask(f) + " != 0"
}
