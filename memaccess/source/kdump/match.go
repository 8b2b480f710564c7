package kdump

import "encoding/binary"

// copyMatch repeats length bytes of page from distance bytes before o, at o. They may
// overlap: what was just written is then repeated. All of it lies in page.
func copyMatch(page []byte, o, distance, length int) {
	from := o - distance
	if len(page)-o < length+8 {
		// Near the end of the page nothing may be written behind the match.
		dst, src := page[o:o+length], page[from:o+length]
		if distance >= length {
			copy(dst, src)
			return
		}
		for i := range dst {
			dst[i] = src[i]
		}
		return
	}
	dst, src := page[o:o+length+8], page[from:o+length+8]
	if distance < 8 {
		word := uint64(0)
		switch distance {
		case 1:
			word = uint64(src[0]) * 0x0101010101010101
		case 2:
			word = uint64(binary.LittleEndian.Uint16(src)) * 0x0001000100010001
		case 4:
			word = uint64(binary.LittleEndian.Uint32(src)) * 0x0000000100000001
		default:
			for i := range dst[:length] {
				dst[i] = src[i]
			}
			return
		}
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(dst[i:], word)
		}
		return
	}
	for i := 0; i < length; i += 8 {
		binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(src[i:]))
	}
}
