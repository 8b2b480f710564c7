package equality_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/volint/volint/internal/equality"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"

	// The messages that are compared.
	_ "github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	_ "github.com/volint/volint/gen/go/volint/volatility2/v1/volatility2v1row"
	_ "github.com/volint/volint/gen/go/volint/volatility3/v1/volatility3v1row"
)

// writing says that everything is compared with fresh processes, on both images, and
// written down.
var writing = os.Getenv("VOLINT_EQUALITY") == "write"

// patience is what no command takes on a machine that is busy otherwise, in a session
// or without one.
const patience = 15 * time.Minute

func TestMain(m *testing.M) {
	for _, name := range []string{"PYTHON", "VOLATILITY", "PLUGINS", "SYMBOLS", "CACHE"} {
		_ = os.Unsetenv("VOLINT_" + name)
	}
	name, value, _ := strings.Cut(equality.Environment, "=")
	_ = os.Setenv(name, value)
	os.Exit(m.Run())
}

// different are the commands that a session answers differently, with the reason. One
// that no longer is makes the test fail, too.
var different = map[string]string{
	"frameworkinfo.FrameworkInfo": "it lists the classes of its own process, in the order in which they were imported: the worker imports " +
		"the same ones, one of them earlier than the command line does",
}

// typedDifferent are the commands whose typed rows say something else than Volatility
// shows, with the reason.
var typedDifferent = map[string]string{}

// TestEquality holds what a session's commands find beside what Volatility prints by
// itself. VOLINT_EQUALITY=write compares everything, and writes it down; VOLINT_SEED
// chooses the orders.
func TestEquality(t *testing.T) {
	reports := []*equality.Report{}
	for _, v := range []struct {
		name   string
		of     func(testing.TB, image) *equality.Volatility
		notRun map[string]string
	}{{"Volatility 3", volatility3, nil}, {"Volatility 2", volatility2, equality.Endless}} {
		report := &equality.Report{Name: v.name, Outcomes: map[string]map[string]equality.Outcome{}, NotRun: v.notRun}
		reports = append(reports, report)
		t.Run(v.name, func(t *testing.T) {
			for _, im := range images {
				t.Run(im.name, func(t *testing.T) {
					c := newComparison(t, v.of(t, im), im)
					c.prepare()
					c.compare()
					c.record(im)
					report.Images = append(report.Images, im.name)
					report.Outcomes[im.name] = c.outcomes
				})
			}
		})
	}
	if writing && !t.Failed() {
		write(t, reports)
	}
}

// comparison is that of one Volatility on one image.
type comparison struct {
	t        *testing.T
	ctx      context.Context
	by       *equality.Volatility
	store    *equality.Store
	known    map[string]equality.Digest
	commands []equality.Command
	// disassembler has Volatility 3's words for machine code.
	disassembler *equality.Disassembler

	mu       sync.Mutex
	outcomes map[string]equality.Outcome
}

func newComparison(t *testing.T, v *equality.Volatility, im image) *comparison {
	c := &comparison{t: t, ctx: context.Background(), by: v, outcomes: map[string]equality.Outcome{}}
	c.disassembler = &equality.Disassembler{Python: v.Python}
	t.Cleanup(func() {
		if err := c.disassembler.Close(); err != nil {
			t.Errorf("Disassembler.Close: %v", err)
		}
	})
	var err error
	if c.store, err = equality.NewStore(folder(t, "references"), v); err != nil {
		t.Fatal(err)
	}
	digests, err := equality.ReadDigests(digestFile)
	if err != nil {
		t.Fatal(err)
	}
	if !writing {
		c.known = digests[c.store.Key]
	}
	c.commands = c.chosen(im)
	return c
}

// digestFile has what Volatility prints of the image that never changes.
const digestFile = "testdata/digests.json"

// chosen are the commands to compare.
func (c *comparison) chosen(im image) []equality.Command {
	some := im.some[c.by.Version]
	if writing || some == nil {
		all, err := c.by.Commands(c.ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		return all
	}
	var list []equality.Command
	for _, line := range some {
		list = append(list, equality.ParseCommand(line))
	}
	return list
}

// prepare has Volatility run by itself what is not known yet.
func (c *comparison) prepare() {
	inParallel(runtime.NumCPU(), c.commands, func(command equality.Command) {
		if _, ok := c.known[command.String()]; ok {
			return
		}
		c.reference(command)
	})
	if c.t.Failed() {
		c.t.FailNow()
	}
}

func (c *comparison) reference(command equality.Command) (equality.Table, bool) {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	table, err := c.store.Get(ctx, command)
	if err != nil {
		c.t.Errorf("Volatility by itself: %v", err)
	}
	return table, err == nil
}

// compare runs all commands in a session, as many side by side as there are
// processors, for their tables and for their messages' rows; and where all is
// compared, for their tables again in other orders in other sessions.
func (c *comparison) compare() {
	seed := seed(c.t)
	for round := range rounds() {
		random := rand.New(rand.NewPCG(seed, uint64(round)))
		random.Shuffle(len(c.commands), func(i, j int) { c.commands[i], c.commands[j] = c.commands[j], c.commands[i] })
		where := fmt.Sprintf("VOLINT_SEED=%d, order %d", seed, round+1)
		by := c.comparison(round == 0)
		s, files := open(c.t, c.by)
		inParallel(runtime.NumCPU(), c.commands, func(command equality.Command) { c.one(by, s, files, command, where) })
		if err := s.Close(); err != nil {
			c.t.Errorf("Close: %v", err)
		}
	}
	if writing {
		c.alone()
	}
	c.stale()
}

func rounds() int {
	if writing {
		return 3
	}
	return 1
}

// comparison is the one that is made, of typed rows as well or of tables alone.
func (c *comparison) comparison(typed bool) *equality.Comparison {
	by := &equality.Comparison{Version: c.by.Version, Known: c.known, Reference: c.store.Get}
	if typed {
		var err error
		if by.Messages, err = equality.Shipped(row.Commands()); err != nil {
			c.t.Fatal(err)
		}
		by.Rules.Disassemble = c.disassembler.Disassemble
	}
	return by
}

// alone compares each command as the first of a session: what others import and find
// does not help it then.
func (c *comparison) alone() {
	by := c.comparison(false)
	inParallel(runtime.NumCPU(), c.commands, func(command equality.Command) {
		s, files := open(c.t, c.by)
		c.one(by, s, files, command, "the first of its session")
		if err := s.Close(); err != nil {
			c.t.Errorf("Close: %v", err)
		}
	})
}

// one compares a command.
func (c *comparison) one(by *equality.Comparison, s session.Runner, files string, command equality.Command, where string) {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	o, err := by.Compare(ctx, s, files, command)
	if err != nil {
		c.t.Errorf("%s (%s): %v", command, where, err)
		return
	}
	o.Different = c.expected(different, command, where, o.Different)
	o.TypedDifferent = c.expected(typedDifferent, command, where, o.TypedDifferent)
	c.note(command.String(), o)
}

// expected complains of a difference that is not on a list, and is the reason of one
// that is.
func (c *comparison) expected(list map[string]string, command equality.Command, where, said string) string {
	if said == "" {
		return ""
	}
	if reason := list[command.String()]; reason != "" {
		return reason
	}
	c.t.Errorf("%s (%s) differs from Volatility by itself: %s", command, where, said)
	return said
}

// note keeps an outcome, the first, in which typed rows count; of the others what
// differs there.
func (c *comparison) note(command string, o equality.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.outcomes[command]; ok {
		before.Different = cmp.Or(before.Different, o.Different)
		o = before
	}
	c.outcomes[command] = o
}

// stale complains of what is on the list of what differs, and does not.
func (c *comparison) stale() {
	for command, o := range c.outcomes {
		if different[command] != "" && o.Different == "" || typedDifferent[command] != "" && o.TypedDifferent == "" {
			c.t.Errorf("%s is equal now: take it off the list", command)
		}
	}
}
