package ptytest

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// screen is what a terminal shows: it acts on what volint's programs print, and on
// no more.
type screen struct {
	width, height int
	cells         [][]cell
	row, column   int
	// wraps says that the last column was written, and that the next character goes
	// to the next line.
	wraps   bool
	style   string
	pending []byte // the start of a sequence
}

type cell struct {
	r     rune
	style string
}

func newScreen(width, height int) *screen {
	s := &screen{width: width, height: height}
	for range height {
		s.cells = append(s.cells, s.blank())
	}
	return s
}

func (s *screen) blank() []cell { return slices.Repeat([]cell{{r: ' '}}, s.width) }

func (s *screen) write(p []byte) {
	s.pending = append(s.pending, p...)
	for len(s.pending) > 0 {
		n := s.step(s.pending)
		if n == 0 {
			return
		}
		s.pending = s.pending[n:]
	}
}

// step acts on what b begins with, and returns how long that is; 0 when there is
// more to come.
func (s *screen) step(b []byte) int {
	switch b[0] {
	case '\r':
		s.column, s.wraps = 0, false
	case '\n':
		s.newLine()
	case '\b':
		s.column = max(0, s.column-1)
	case '\a':
	case 0x1b:
		return s.escape(b)
	default:
		if !utf8.FullRune(b) {
			return 0
		}
		r, n := utf8.DecodeRune(b)
		s.put(r)
		return n
	}
	return 1
}

func (s *screen) put(r rune) {
	if s.wraps {
		s.column = 0
		s.newLine()
	}
	s.cells[s.row][s.column] = cell{r, s.style}
	if s.column++; s.column == s.width {
		s.column, s.wraps = s.width-1, true
	}
}

func (s *screen) newLine() {
	s.wraps = false
	if s.row++; s.row == s.height {
		s.row--
		s.cells = append(s.cells[1:], s.blank())
	}
}

// escape acts on a sequence ESC [ parameters letter.
func (s *screen) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] != '[' {
		return 2
	}
	end := slices.IndexFunc(b[2:], func(c byte) bool { return c >= 0x40 })
	if end < 0 {
		return 0
	}
	s.wraps = false
	s.control(b[2+end], strings.Split(string(b[2:2+end]), ";"))
	return end + 3
}

func (s *screen) control(letter byte, parameters []string) {
	number := func(i, least int) int {
		if i >= len(parameters) {
			return least
		}
		n, _ := strconv.Atoi(parameters[i])
		return max(n, least)
	}
	switch letter {
	case 'A':
		s.row = max(0, s.row-number(0, 1))
	case 'B':
		s.row = min(s.height-1, s.row+number(0, 1))
	case 'C':
		s.column = min(s.width-1, s.column+number(0, 1))
	case 'D':
		s.column = max(0, s.column-number(0, 1))
	case 'H':
		s.row, s.column = min(s.height, number(0, 1))-1, min(s.width, number(1, 1))-1
	case 'J':
		s.erase(number(0, 0))
	case 'K':
		if number(0, 0) == 2 {
			s.column = 0
		}
		copy(s.cells[s.row][s.column:], s.blank())
	case 'm':
		s.style = strings.Trim(strings.Join(parameters, ";"), "0")
	}
}

func (s *screen) erase(what int) {
	if what == 2 {
		for i := range s.cells {
			s.cells[i] = s.blank()
		}
		return
	}
	copy(s.cells[s.row][s.column:], s.blank())
	for i := s.row + 1; i < s.height; i++ {
		s.cells[i] = s.blank()
	}
}

// text is the screen's text, with a mark before and after what has a style.
func (s *screen) text(styles bool) string {
	var b strings.Builder
	for _, line := range s.cells {
		style := ""
		var l strings.Builder
		for _, c := range append(slices.Clone(line), cell{r: ' '}) {
			if styles && c.style != style {
				if style != "" {
					l.WriteString("⟩")
				}
				if c.style != "" {
					l.WriteString("⟨" + c.style + ":")
				}
				style = c.style
			}
			l.WriteRune(c.r)
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
