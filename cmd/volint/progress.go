package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	text "github.com/volint/volint/internal/term"
)

// A command gets a bar when it has run for patience: one that is fast shows
// nothing, and nothing flickers. Bars are drawn anew every pace, where something
// changed.
const (
	patience = 600 * time.Millisecond
	pace     = 100 * time.Millisecond
	barWidth = 24
	mostBars = 8
)

// progress is the bars of the commands that run, on the last lines of a terminal.
// The mutex of the ui guards it.
type progress struct {
	terminal *os.File // nil where stderr is none
	shared   bool     // standard output is a terminal, too
	bars     []*bar
	drawn    []string      // the lines that are on the screen
	stop     chan struct{} // ends the drawing; nil when nothing runs
}

// bar is how far one command is.
type bar struct {
	ui      *ui
	label   string
	since   time.Time
	percent float64
	what    string
}

// bar starts the bar of a command.
func (u *ui) bar(label string) *bar {
	b := &bar{ui: u, label: text.Escape(label), since: time.Now()}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bars.terminal == nil {
		return b
	}
	u.bars.bars = append(u.bars.bars, b)
	if u.bars.stop == nil {
		u.bars.stop = make(chan struct{})
		go u.redraw(u.bars.stop)
	}
	return b
}

// set says how far the command is, and what it does.
func (b *bar) set(percent float64, what string) {
	b.ui.mu.Lock()
	defer b.ui.mu.Unlock()
	b.percent, b.what = percent, text.Escape(what)
}

// done takes the bar away.
func (b *bar) done() {
	u := b.ui
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bars.bars = slices.DeleteFunc(u.bars.bars, func(other *bar) bool { return other == b })
	if len(u.bars.bars) == 0 {
		u.bars.halt(u)
	}
}

// end takes all bars away.
func (p *progress) end(u *ui) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p.bars = nil
	p.halt(u)
}

func (p *progress) halt(u *ui) {
	u.erase()
	if p.stop != nil {
		close(p.stop)
		p.stop = nil
	}
}

// redraw draws the bars until stop is closed.
func (u *ui) redraw(stop chan struct{}) {
	ticks := time.NewTicker(pace)
	defer ticks.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-ticks.C:
			u.mu.Lock()
			if u.bars.stop == stop {
				u.draw(now)
			}
			u.mu.Unlock()
		}
	}
}

// draw shows the bars of those that have run for long enough.
func (u *ui) draw(now time.Time) {
	width, height, err := term.GetSize(int(u.bars.terminal.Fd()))
	if err != nil || width == 0 {
		width, height = 80, 24
	}
	var lines []string
	for _, b := range u.bars.bars {
		if ran := now.Sub(b.since); ran >= patience && len(lines) < min(mostBars, height-1) {
			lines = append(lines, text.Cut(b.line(ran), width-1))
		}
	}
	if slices.Equal(lines, u.bars.drawn) {
		return
	}
	// In one piece, so that nobody sees a screen without them.
	fmt.Fprint(u.stderr, u.bars.cover()+strings.Join(lines, "\n"))
	u.bars.drawn = lines
}

// line is the bar itself, with what is known.
func (b *bar) line(ran time.Duration) string {
	filled := min(max(int(b.percent/100*barWidth), 0), barWidth)
	drawn := "[" + strings.Repeat("#", filled) + strings.Repeat(".", barWidth-filled) + "]"
	return fmt.Sprintf("%s %s %3.0f %%  %d s  %s", b.label, drawn, b.percent, int(ran.Seconds()), b.what)
}

// hideProgress makes room for rows, where they go to the same screen.
func (u *ui) hideProgress() {
	if !u.bars.shared {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.erase()
}

// erase takes what is drawn off the screen.
func (u *ui) erase() {
	if s := u.bars.cover(); s != "" {
		fmt.Fprint(u.stderr, s)
	}
}

// cover is what erases the bars that are drawn. The cursor is at the end of the
// last one.
func (p *progress) cover() string {
	if len(p.drawn) == 0 {
		return ""
	}
	up := strings.Repeat("\x1b[1A", len(p.drawn)-1)
	p.drawn = nil
	return "\r" + up + "\x1b[J"
}
