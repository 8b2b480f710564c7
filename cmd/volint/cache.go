package main

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/bytesize"
	"github.com/volint/volint/runtime/session/cache"
)

const cacheLong = `cache lists what volint keeps from one run to the next, used last first:

  symbols   a symbol file of Volatility 3, in a form that is read fast
  profile   a profile of Volatility 2, likewise
  image     where the kernel is in a dump
  index     which symbol file is for which kernel

All of it is made again where it is missing. It lies in volint in the user's cache
folder, or in VOLINT_CACHE. VOLINT_CACHE_LIMIT says how large it may become, without
the indexes (500M for instance; default 2G; 0 keeps nothing): what was not used for
longest goes first.`

func (a *app) cacheCommand() *cobra.Command {
	var folder, formatName string
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show or clear what is kept from one run to the next",
		Long:  cacheLong,
		Example: `  volint cache
  volint cache clear
  volint cache clear --older-than 30d`,
		Args: arguments(0, 0, ""),
		RunE: do(func(context.Context, []string) error {
			return a.listCache(cacheFolder(folder), formatName)
		}),
	}
	cmd.PersistentFlags().StringVar(&folder, "cache", "", "`DIR` of what is kept, if it is another")
	cmd.Flags().StringVar(&formatName, "format", "table", "a `NAME`: table or jsonl")
	complete(cmd, "format", []string{"table", "jsonl"})
	cmd.AddCommand(a.cacheClearCommand(&folder))
	return cmd
}

func (a *app) cacheClearCommand(folder *string) *cobra.Command {
	var olderThan string
	cmd := &cobra.Command{
		Use:   "clear",
		Short: "Remove what is kept from one run to the next",
		Long: `clear removes what volint keeps from one run to the next; commands that run go on.
Files that volint did not make stay.`,
		Example: `  volint cache clear
  volint cache clear --older-than 30d`,
		Args: arguments(0, 0, ""),
		RunE: do(func(context.Context, []string) error {
			before, err := longAgo(olderThan, time.Now())
			if err != nil {
				return err
			}
			return a.clearCache(cacheFolder(*folder), before)
		}),
	}
	cmd.Flags().StringVar(&olderThan, "older-than", "", "only what was not used for `TIME`, such as 12h or 30d")
	return cmd
}

func cacheFolder(set string) cache.Folder {
	if set != "" {
		return cache.Folder(set)
	}
	return cache.Default()
}

// cacheInfo is one line of `volint cache --format jsonl`.
type cacheInfo struct {
	Kind string `json:"kind"`
	Of   string `json:"of"`
	Size int64  `json:"size"`
	// Used and Made are in RFC 3339; Made is null where nobody knows.
	Used time.Time  `json:"used"`
	Made *time.Time `json:"made"`
}

func (a *app) listCache(folder cache.Folder, formatName string) error {
	limit, err := cache.Limit()
	if err != nil {
		return fail("it takes a number of bytes, 500M or 2G for instance; 0 keeps nothing", "%v", err)
	}
	entries, err := folder.Entries()
	if err != nil {
		return cacheFailure(folder, err)
	}
	l := newListing("KIND", "OF", "SIZE", "LAST USED")
	l.columns[2].Right = true
	var stored, indexes int64
	for _, e := range entries {
		info := cacheInfo{Kind: e.Kind, Of: e.Of, Size: e.Size, Used: e.Used.UTC()}
		if !e.Made.IsZero() {
			made := e.Made.UTC()
			info.Made = &made
		}
		l.add(info, e.Kind, e.Of, bytesize.Text(e.Size), info.Used.Format("2006-01-02 15:04:05Z"))
		if e.Kind == cache.Index {
			indexes += e.Size
		} else {
			stored += e.Size
		}
	}
	if err := l.print(a.stdout, formatName); err != nil {
		return err
	}
	a.cacheTotal(folder, len(entries), stored, indexes, limit)
	return nil
}

// cacheTotal says how full the cache is, and what keeps it from being used.
func (a *app) cacheTotal(folder cache.Folder, entries int, stored, indexes, limit int64) {
	allowed := " of " + bytesize.Text(limit)
	if limit < 0 {
		allowed = "; VOLINT_CACHE_LIMIT says that nothing is to be kept"
	}
	if indexes > 0 {
		allowed += ", besides indexes of " + bytesize.Text(indexes)
	}
	a.ui.say("note", "%s: %s, %s%s", string(folder), plural(entries, "entry", "entries"), bytesize.Text(stored), allowed)
	if why := folder.Trouble(); why != "" {
		a.ui.say("warning", "%s is not used: %s", folder.Store(), why)
		a.ui.hint("make it a folder that only you can write to, or name another by VOLINT_CACHE")
	}
}

func (a *app) clearCache(folder cache.Folder, before time.Time) error {
	cleared, err := folder.Clear(before)
	if err != nil {
		return cacheFailure(folder, err)
	}
	a.ui.say("note", "%s: removed %s, %s", string(folder), plural(cleared.Entries, "entry", "entries"), bytesize.Text(cleared.Bytes))
	if cleared.Busy > 0 {
		a.ui.say("note", "%s that is being made was left", plural(cleared.Busy, "index", "indexes"))
	}
	return nil
}

func cacheFailure(folder cache.Folder, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fail("does it belong to another user? VOLINT_CACHE names another folder", "%v", err)
	}
	return fail("VOLINT_CACHE, or --cache, names the folder", "%v", err)
}

func plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}

// longAgo is a time before now by so much: as Go writes durations, or a number of
// days, 30d. "" is the zero Time.
func longAgo(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	by, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		by = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || by < 0 {
		return time.Time{}, misuse("it takes a time with its unit, 12h or 30d for instance", "--older-than can't be %q", text)
	}
	return now.Add(-by), nil
}
