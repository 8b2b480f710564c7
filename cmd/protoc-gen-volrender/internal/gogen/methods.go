package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// methods prints what every row can do, all of which a row.Codec does.
func methods(out *jen.File, m *plan.Message) {
	pointer := func() *jen.Statement { return jen.Op("*").Id(m.GoName) }
	frame := jen.Id("frame").Index().Byte()
	method := func(text string, signature *jen.Statement, body jen.Code) {
		comment(out, text)
		out.Func().Params(self(m)).Add(signature).Block(body)
		out.Line()
	}
	codec := func(name string, args ...jen.Code) *jen.Statement {
		return jen.Id(codecVar(m)).Dot(name).Call(args...)
	}
	receiver := jen.Id("m")

	method("Message describes m.", jen.Id("Message").Params().Op("*").Add(runtime("Message")),
		jen.Return(jen.Op("&").Id(messageVar(m))))
	method(decodeDoc(m), jen.Id("Decode").Params(frame).Error(),
		jen.Return(codec("Decode", receiver, jen.Id("frame"))))
	method("DecodeCopy is Decode from a copy of frame, one for the whole row: frame may\nchange afterwards.",
		jen.Id("DecodeCopy").Params(frame).Error(),
		jen.Return(codec("DecodeCopy", receiver, jen.Id("frame"))))
	method("UnknownFields returns how many fields Decode passed over since the schema does\nnot have them.",
		jen.Id("UnknownFields").Params().Int(),
		jen.Return(jen.Id("m").Dot("unknown")))
	method("Append appends the encoding of m, without a frame's length. It checks nothing:\n"+
		"readers refuse text that is not UTF-8, where the schema asks for it, and a\n"+
		"required field that is not set.",
		jen.Id("Append").Params(jen.Id("b").Index().Byte()).Index().Byte(),
		jen.Return(codec("Append", jen.Id("b"), receiver)))
	method(resetDoc(m), jen.Id("Reset").Params(), codec("Reset", receiver))
	method("Clone returns a copy of m that borrows nothing.", jen.Id("Clone").Params().Add(pointer()),
		jen.Return(codec("Clone", receiver)))
	method("Equal reports whether m and o have the same fields set to the same values; a\nNaN equals a NaN.",
		jen.Id("Equal").Params(jen.Id("o").Add(pointer())).Bool(),
		jen.Return(codec("Equal", receiver, jen.Id("o"))))
	method("Value returns the value of field i, counted from 0 in the order of the .proto\nfile.",
		jen.Id("Value").Params(jen.Id("i").Int()).Add(runtime("Value")),
		jen.Return(codec("Value", receiver, jen.Id("i"))))
}

func decodeDoc(m *plan.Message) string {
	if m.Flat {
		return "Decode sets m from a message, and allocates nothing: text and bytes lie in\n" +
			"frame, which must not change while m is used. After an error m is empty."
	}
	return "Decode sets m from a message: text and bytes lie in frame, which must not change\n" +
		"while m is used. The lists, maps and messages that m has are used again: who\n" +
		"keeps some of m takes a Clone. After an error m is empty."
}

func resetDoc(m *plan.Message) string {
	if m.Flat {
		return "Reset makes m empty."
	}
	return "Reset makes m empty, and keeps the memory of its parts for the next Decode."
}
