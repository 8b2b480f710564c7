package gogen

import (
	"bytes"
	"strconv"
)

// lineBytes is how many bytes of a descriptor stand on one line.
const lineBytes = 48

// descriptors appends a constant of many lines, each of which ends behind lineBytes
// bytes or a line's end, so that a change in a schema changes few lines. It is printed
// as gofmt has it, and not by gofmt, whose time grows with the square of a sum's parts.
func descriptors(out *bytes.Buffer, name string, content []byte) {
	out.WriteString("\n// " + name + " is a serialized google.protobuf.FileDescriptorSet.\nconst " + name + ` = ""`)
	for len(content) > 0 {
		n := 1
		for n < len(content) && n < lineBytes && content[n-1] != '\n' {
			n++
		}
		out.WriteString(" +\n\t")
		out.Write(strconv.AppendQuoteToASCII(out.AvailableBuffer(), string(content[:n])))
		content = content[n:]
	}
	out.WriteByte('\n')
}
