package gogen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// kind is what a kind of field is in Go and in package row.
type kind struct {
	// goType is the field's type; for an enum and what package row defines see
	// the function of that name.
	goType string
	wire   int
	// read is the function that reads the value, and readType what that returns
	// where it is not goType; "" means that the field is read in place.
	read, readType string
	// convert is the function that makes the value of what was read.
	convert string
	// write is the function that appends the value, and writeType the type that
	// it takes where it is not goType.
	write, writeType string
	// value is the function that makes a row.Value, valueType the type that it
	// takes where it is not goType, and row the row.Kind.
	value, valueType, row string
}

var kinds = map[plan.Kind]kind{
	plan.Bool:      {goType: "bool", wire: wireVarint, read: "Varint", readType: "uint64", write: "AppendBool", value: "BoolValue", row: "Bool"},
	plan.Int32:     {goType: "int32", wire: wireVarint, read: "Varint", readType: "uint64", write: "AppendVarint", writeType: "uint64", value: "IntValue", valueType: "int64", row: "Int"},
	plan.Sint32:    {goType: "int32", wire: wireVarint, read: "Varint", readType: "uint64", convert: "Zigzag32", write: "AppendZigzag32", value: "IntValue", valueType: "int64", row: "Int"},
	plan.Sfixed32:  {goType: "int32", wire: wireFixed32, read: "Fixed32", readType: "uint32", write: "AppendFixed32", writeType: "uint32", value: "IntValue", valueType: "int64", row: "Int"},
	plan.Uint32:    {goType: "uint32", wire: wireVarint, read: "Varint", readType: "uint64", write: "AppendVarint", writeType: "uint64", value: "UintValue", valueType: "uint64", row: "Uint"},
	plan.Fixed32:   {goType: "uint32", wire: wireFixed32, read: "Fixed32", write: "AppendFixed32", value: "UintValue", valueType: "uint64", row: "Uint"},
	plan.Int64:     {goType: "int64", wire: wireVarint, read: "Varint", readType: "uint64", write: "AppendVarint", writeType: "uint64", value: "IntValue", row: "Int"},
	plan.Sint64:    {goType: "int64", wire: wireVarint, read: "Varint", readType: "uint64", convert: "Zigzag64", write: "AppendZigzag64", value: "IntValue", row: "Int"},
	plan.Sfixed64:  {goType: "int64", wire: wireFixed64, read: "Fixed64", readType: "uint64", write: "AppendFixed64", writeType: "uint64", value: "IntValue", row: "Int"},
	plan.Uint64:    {goType: "uint64", wire: wireVarint, read: "Varint", write: "AppendVarint", value: "UintValue", row: "Uint"},
	plan.Fixed64:   {goType: "uint64", wire: wireFixed64, read: "Fixed64", write: "AppendFixed64", value: "UintValue", row: "Uint"},
	plan.Float:     {goType: "float32", wire: wireFixed32, read: "Float32", write: "AppendFloat32", value: "FloatValue", row: "Float"},
	plan.Double:    {goType: "float64", wire: wireFixed64, read: "Float64", write: "AppendFloat64", value: "DoubleValue", row: "Double"},
	plan.String:    {goType: "string", wire: wireBytes, read: "Text", write: "AppendText", value: "StringValue", row: "String"},
	plan.Bytes:     {goType: "[]byte", wire: wireBytes, read: "Blob", write: "AppendBlob", value: "BytesValue", row: "Bytes"},
	plan.EnumKind:  {goType: "int32", wire: wireVarint, read: "Varint", readType: "uint64", write: "AppendVarint", writeType: "uint64", value: "EnumValue", row: "Enum"},
	plan.Absence:   {wire: wireVarint, read: "Varint", readType: "uint64", write: "AppendVarint", writeType: "uint64", value: "EnumValue", row: "Enum"},
	plan.Timestamp: {wire: wireBytes, read: "ReadTimestamp", write: "AppendTimestamp", value: "TimeValue", row: "Time"},
}

// goType is a field's type.
func goType(f *plan.Field) *jen.Statement {
	switch {
	case f.Kind == plan.Timestamp:
		return jen.Qual(rowPath, "Timestamp")
	case f.Kind == plan.Absence:
		return jen.Qual(rowPath, "Absence")
	case f.Kind == plan.EnumKind && f.Enum.Local:
		return jen.Id(f.Enum.GoName)
	}
	return jen.Id(kinds[f.Kind].goType)
}

// as converts a value to a type, "" for the one that it has.
func as(typ string, v jen.Code) jen.Code {
	if typ == "" {
		return v
	}
	return jen.Id(typ).Parens(v)
}

// tag is a field's number and wire type as one number.
func tag(f *plan.Field) uint64 {
	return uint64(f.Number)<<3 | uint64(kinds[f.Kind].wire)
}

// absentValue is the number that stands for no value, as a constant.
func absentValue(f *plan.Field) jen.Code {
	switch f.Kind {
	case plan.Int32, plan.Sint32, plan.Sfixed32, plan.Int64, plan.Sint64, plan.Sfixed64:
		return jen.Id(strconv.FormatInt(int64(f.AbsentValue), 10))
	}
	return jen.Id("0x" + strconv.FormatUint(f.AbsentValue, 16))
}

// self is a method's receiver.
func self(m *plan.Message) jen.Code { return jen.Id("m").Op("*").Id(m.GoName) }

// member is a field of the receiver.
func member(f *plan.Field) *jen.Statement { return jen.Id("m").Dot(f.GoName) }

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

// word is the word of a field's presence bit, and mask the bit in it.
func word(f *plan.Field) int { return f.Bit / 64 }

func mask(f *plan.Field) *jen.Statement {
	if bit := f.Bit % 64; bit < 4 {
		return jen.Lit(1 << bit)
	}
	return jen.Parens(jen.Lit(1).Op("<<").Lit(f.Bit % 64))
}

// isSet is the test of a field's presence bit.
func isSet(f *plan.Field) *jen.Statement {
	return jen.Id("m").Dot("has").Index(jen.Lit(word(f))).Op("&").Add(mask(f)).Op("!=").Lit(0)
}
