package plan

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
)

// fieldDraft is a field beside what it is made from.
type fieldDraft struct {
	*Field
	gen *protogen.Field
	opt *volrenderv1.Field
	// subject is the field whose absence this one tells, or -1.
	subject int
}

var kinds = map[protoreflect.Kind]Kind{
	protoreflect.BoolKind:     Bool,
	protoreflect.Int32Kind:    Int32,
	protoreflect.Sint32Kind:   Sint32,
	protoreflect.Sfixed32Kind: Sfixed32,
	protoreflect.Uint32Kind:   Uint32,
	protoreflect.Fixed32Kind:  Fixed32,
	protoreflect.Int64Kind:    Int64,
	protoreflect.Sint64Kind:   Sint64,
	protoreflect.Sfixed64Kind: Sfixed64,
	protoreflect.Uint64Kind:   Uint64,
	protoreflect.Fixed64Kind:  Fixed64,
	protoreflect.FloatKind:    Float,
	protoreflect.DoubleKind:   Double,
	protoreflect.StringKind:   String,
	protoreflect.BytesKind:    Bytes,
	protoreflect.EnumKind:     EnumKind,
}

// Integer reports whether the kind is a whole number that is no enum.
func (k Kind) Integer() bool { return k >= Int32 && k <= Fixed64 }

// Signed reports whether an integer kind has negative numbers.
func (k Kind) Signed() bool {
	return k == Int32 || k == Sint32 || k == Sfixed32 || k == Int64 || k == Sint64 || k == Sfixed64
}

// Bits is the width of an integer kind, 32 or 64; 0 for other kinds.
func (k Kind) Bits() int {
	switch {
	case k >= Int32 && k <= Fixed32:
		return 32
	case k >= Int64 && k <= Fixed64:
		return 64
	}
	return 0
}

// field plans a field, all but what depends on the other fields.
func (b *builder) field(f *protogen.Field) *fieldDraft {
	d := f.Desc
	out := &fieldDraft{gen: f, opt: option.Field(d), subject: -1, Field: &Field{
		Name:       string(d.Name()),
		Number:     int32(d.Number()),
		Doc:        doc(d, f.Comments),
		Deprecated: d.Options().(*descriptorpb.FieldOptions).GetDeprecated(),
		Pos:        declared(d),
		Presence:   presence(d),
		Bit:        -1,
		Absence:    -1,
	}}
	b.unknown(d, out.opt)
	if d.IsMap() {
		b.mapEntry(f, out.Field)
	} else {
		b.value(f, out.Field)
	}
	b.meaning(out)
	b.absentValue(out)
	return out
}

// value plans what a field's value is, or each value of a repeated one.
func (b *builder) value(f *protogen.Field, out *Field) {
	d := f.Desc
	if d.IsList() {
		out.Label, out.Packed = Repeated, d.IsPacked()
	}
	out.Kind = kind(f)
	switch out.Kind {
	case EnumKind:
		out.Enum = b.enum(f.Enum)
	case String:
		out.ValidateUTF8 = validatesUTF8(d)
	case MessageKind:
		out.Message, out.Delimited = b.messageType(f.Message), d.Kind() == protoreflect.GroupKind
	}
	if d.HasDefault() {
		out.HasDefault, out.Default = true, defaultOf(d)
	}
}

// mapEntry plans the two fields that each entry of a map has.
func (b *builder) mapEntry(f *protogen.Field, out *Field) {
	part := func(f *protogen.Field) *Field {
		p := &Field{Name: string(f.Desc.Name()), Number: int32(f.Desc.Number()), Pos: out.Pos, Presence: Implicit, Bit: -1, Absence: -1}
		b.value(f, p)
		return p
	}
	out.Label, out.Key, out.Value = Map, part(f.Message.Fields[0]), part(f.Message.Fields[1])
	out.Kind, out.Enum, out.Message = out.Value.Kind, out.Value.Enum, out.Value.Message
}

func presence(d protoreflect.FieldDescriptor) Presence {
	switch {
	case d.Cardinality() == protoreflect.Required:
		return Required
	case d.HasPresence():
		return Explicit
	}
	return Implicit
}

// validatesUTF8 reports what the field's syntax or edition asks of readers.
// Protobuf's interfaces do not show it, its implementation does.
func validatesUTF8(d protoreflect.FieldDescriptor) bool {
	if v, ok := d.(interface{ EnforceUTF8() bool }); ok {
		return v.EnforceUTF8()
	}
	return d.Syntax() != protoreflect.Proto2
}

// kind is the kind of a field's value.
func kind(f *protogen.Field) Kind {
	if f.Enum != nil && f.Enum.Desc.FullName() == "volint.volrender.v1.Absence" {
		return Absence
	}
	if k, ok := kinds[f.Desc.Kind()]; ok {
		return k
	}
	if f.Message.Desc.FullName() == "google.protobuf.Timestamp" && f.Desc.Kind() == protoreflect.MessageKind {
		return Timestamp
	}
	return MessageKind
}

// defaultOf is the value that the schema gives a field that is not set.
func defaultOf(d protoreflect.FieldDescriptor) Default {
	v := d.Default()
	switch x := v.Interface().(type) {
	case bool:
		if x {
			return Default{Bits: 1}
		}
		return Default{}
	case int32, int64:
		return Default{Bits: uint64(v.Int())}
	case uint32, uint64:
		return Default{Bits: v.Uint()}
	case float32, float64:
		return Default{Bits: math.Float64bits(v.Float())}
	case protoreflect.EnumNumber:
		return Default{Bits: uint64(int64(x))}
	case []byte:
		return Default{Text: string(x)}
	}
	return Default{Text: v.String()}
}

// meaning checks what the option says that the number is.
func (b *builder) meaning(f *fieldDraft) {
	f.Meaning = Meaning(f.opt.GetMeaning())
	pos := optionPos(f.gen.Desc, 3)
	switch {
	case f.Meaning == Unspecified:
	case f.Label == Map:
		b.errorf(pos, "take `meaning` out, or make it a repeated message with a field that has the meaning",
			"field %q is a map, whose keys and values can't have a meaning", f.Name)
	case !f.Kind.Integer():
		b.errorf(pos, "take `meaning` out, or make the field an integer",
			"field %q has a meaning, %s, but is no integer", f.Name, f.opt.GetMeaning())
	case f.Meaning == CanonicalAddress && f.Kind.Bits() != 64:
		b.errorf(pos, "make the field a uint64, or write MEANING_ADDRESS",
			"field %q has 32 bits and can't hold a canonical address", f.Name)
	}
}

// absentValue checks the number that stands for "no value".
func (b *builder) absentValue(f *fieldDraft) {
	if f.opt == nil || f.opt.AbsentValue == nil {
		return
	}
	pos, v := optionPos(f.gen.Desc, 4), f.opt.GetAbsentValue()
	if why := severalValues(f); why != "" {
		b.errorf(pos, "take `absent_value` out: where there is no value nothing is written",
			"field %q has an absent_value but %s", f.Name, why)
		return
	}
	if !f.Kind.Integer() {
		b.errorf(pos, "take `absent_value` out: the field is left unset where there is no value",
			"field %q has an absent_value but is no integer", f.Name)
		return
	}
	if f.Kind.Bits() == 32 && !fits32(v, f.Kind.Signed()) {
		hint := "use a number from 0 to 4294967295"
		if f.Kind.Signed() {
			hint = "use a number from 0 to 2147483647, or for a negative one its 64-bit two's complement: -1 is 18446744073709551615"
		}
		b.errorf(pos, hint, "field %q has 32 bits and can't hold its absent_value, %d", f.Name, v)
	}
	f.HasAbsentValue, f.AbsentValue = true, v
}

// severalValues tells how a field is no plain single value, or is "".
func severalValues(f *fieldDraft) string {
	switch {
	case f.Label == Map:
		return "is a map"
	case f.Label == Repeated:
		return "is repeated"
	case f.gen.Oneof != nil && !f.gen.Oneof.Desc.IsSynthetic():
		return fmt.Sprintf("is a member of oneof %q", f.gen.Oneof.Desc.Name())
	}
	return ""
}

func fits32(v uint64, signed bool) bool {
	if signed {
		return int64(v) == int64(int32(v))
	}
	return v == uint64(uint32(v))
}

// linkAbsence finds the companions that tell why a field has no value.
func (b *builder) linkAbsence(fields []*fieldDraft) {
	index := map[string]int{}
	for i, f := range fields {
		index[f.Name] = i
	}
	for i, f := range fields {
		if f.opt == nil || f.opt.Absence == nil {
			continue
		}
		pos, name := optionPos(f.gen.Desc, 5), f.opt.GetAbsence()
		j, ok := index[name]
		switch {
		case !ok:
			b.errorf(pos, fmt.Sprintf("import \"volint/volrender/v1/absence.proto\" and add a field: `volint.volrender.v1.Absence %s = ...;`", orExample(name)),
				"field %q names the absence field %q, which does not exist", f.Name, name)
		case !fields[j].companion():
			b.errorf(pos, "name a field of type volint.volrender.v1.Absence",
				"field %q names the absence field %q, which is not a single value of type volint.volrender.v1.Absence", f.Name, name)
		case f.companion():
			b.errorf(pos, "take `absence` out", "field %q tells the absence of another field and can't have one of its own", f.Name)
		case fields[j].subject >= 0:
			b.errorf(pos, "give each field an absence field of its own",
				"fields %q and %q name the same absence field, %q", fields[fields[j].subject].Name, f.Name, name)
		default:
			f.Absence, fields[j].subject = j, i
		}
	}
	b.lonelyAbsence(fields)
}

func orExample(name string) string {
	if name == "" {
		return "why"
	}
	return name
}

// companion reports a field that tells why another has no value.
func (f *fieldDraft) companion() bool { return f.Kind == Absence && severalValues(f) == "" }

// lonelyAbsence reports companions that no field names, and options that a
// companion can't have.
func (b *builder) lonelyAbsence(fields []*fieldDraft) {
	for _, f := range fields {
		if !f.companion() {
			continue
		}
		if f.subject < 0 {
			b.errorf(f.Pos, fmt.Sprintf("write `absence: %q` in the option of the field whose absence it tells", f.Name),
				"field %q is of type Absence, but no field names it", f.Name)
		}
		if f.opt.GetVolatility2() != nil || f.opt.GetVolatility3() != nil || f.opt.GetTreeDepth() {
			b.errorf(optionPos(f.gen.Desc), "take the option out",
				"field %q tells the absence of another field and takes no value from Volatility", f.Name)
		}
	}
}

// treeDepth checks the field that holds a row's depth.
func (b *builder) treeDepth(fields []*fieldDraft) {
	first := ""
	for _, f := range fields {
		if !f.opt.GetTreeDepth() {
			continue
		}
		pos := optionPos(f.gen.Desc, 6)
		switch {
		case !f.Kind.Integer():
			b.errorf(pos, "make it a uint32", "field %q holds the depth in a tree but is no integer", f.Name)
		case severalValues(f) != "":
			b.errorf(pos, "make it a field of its own with one value", "field %q holds the depth in a tree but %s", f.Name, severalValues(f))
		case first != "":
			b.errorf(pos, "take `tree_depth` out of one of them", "fields %q and %q both hold the depth in a tree", first, f.Name)
		case f.opt.AbsentValue != nil || f.opt.Absence != nil:
			b.errorf(pos, "take `absent_value` and `absence` out", "field %q holds the depth in a tree, which is never absent", f.Name)
		}
		first = f.Name
	}
}
