package gogen

import "strconv"

// lineBytes is how many bytes of a descriptor stand on one line.
const lineBytes = 48

// descriptors appends a constant of many lines, each of which ends behind lineBytes
// bytes or a line's end, so that a change in a schema changes few lines. It is printed
// as gofmt has it, and not by gofmt, whose time grows with the square of a sum's parts.
func descriptors(out []byte, name string, content []byte) []byte {
	out = append(out, "\n// "+name+" is a serialized google.protobuf.FileDescriptorSet.\nconst "+name+` = ""`...)
	for len(content) > 0 {
		n := 1
		for n < len(content) && n < lineBytes && content[n-1] != '\n' {
			n++
		}
		out = append(out, " +\n\t"...)
		out = strconv.AppendQuoteToASCII(out, string(content[:n]))
		content = content[n:]
	}
	return append(out, '\n')
}
