package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
)

type importOptions struct {
	asked          asked
	all, dryRun    bool
	bare           bool
	output, format string
	pkg, goPrefix  string
	names          []string
	installed      []schemaimport.Installed
	untyped        []schemaimport.Untyped
}

func (a *app) schemaImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import {PLUGIN... | --all} [-o FILE|DIR]",
		Short: "Write messages for plugins of an installed Volatility",
		Long: `import asks the installed Volatility for the columns of PLUGINs, or of all with --all,
and writes a message for each. No memory is read.

Without -o the .proto goes to standard output. With -o FILE.proto or -o DIR it goes into
the file, or into files below the folder; what is there is merged with it. Comments,
options, numbers, types, the order and what people added stay. A new column gets a field
with the next free number. A field whose column none of the Volatilities asked has goes,
and its number and name stay reserved. What was done is listed on standard output.
"buf lint" and "buf breaking" go on passing.

Several Volatilities may be asked at once, with --python for each: a message has the
columns of all, and one message serves both versions where both show the same thing.`,
		Example: `  # A schema for a plugin of your own
  volint schema init my
  volint schema import --plugins ./plugins mine.Mine -o my/mine/v1/mine.proto

  # What would change in a folder
  volint schema import --all --python venv3/bin/python -o my --dry-run`,
		Args: cobra.ArbitraryArgs,
		RunE: do(func(ctx context.Context, args []string) error {
			o.names = args
			return a.schemaImport(ctx, &o)
		}),
	}
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "all plugins that have a table")
	f.StringVarP(&o.output, "output", "o", "", "merge into `FILE`.proto, or into files below a folder")
	f.BoolVar(&o.dryRun, "dry-run", false, "with -o: print what would change, and write nothing")
	f.BoolVar(&o.bare, "bare", false, "leave out what plugins say of themselves and of their options")
	f.StringVar(&o.pkg, "package", "", "the package `NAME` of a new file (default: by its folders)")
	f.StringVar(&o.goPrefix, "go-prefix", "", "the `PATH` that a new file's go_package begins with")
	f.StringVar(&o.format, "format", "table", "the list's `NAME`: table or jsonl")
	complete(cmd, "format", []string{"table", "jsonl"})
	o.asked.flags(cmd)
	return cmd
}

func (a *app) schemaImport(ctx context.Context, o *importOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	var err error
	if o.installed, err = a.installed(ctx, &o.asked); err != nil {
		return err
	}
	wants, err := o.wanted()
	if err != nil {
		return a.unknownPlugin(ctx, o, err)
	}
	if o.output == "" || o.output == "-" {
		return a.printWanted(wants)
	}
	dir, tree, err := o.tree()
	if err != nil {
		return asFailure(err)
	}
	scope := protofile.Scope{Versions: versionsOf(o.installed), All: o.all}
	updates, err := tree.Merge(wants, scope, !o.all)
	if err != nil {
		return asFailure(err)
	}
	if o.dryRun {
		err = a.printDiff(dir, updates)
	} else if err = cannotWrite(protofile.Write(dir, updates)); err == nil {
		err = a.printChanges(o, dir, updates)
	}
	if err != nil {
		return err
	}
	a.summarize(o, updates)
	return nil
}

func (o *importOptions) check() error {
	switch {
	case o.all && len(o.names) > 0:
		return misuse("leave out one of them", "--all imports all plugins, and %s are named", strings.Join(o.names, ", "))
	case !o.all && len(o.names) == 0:
		return misuse("volint schema import PLUGIN, or --all", "volint schema import needs the name of a plugin")
	case o.all && (o.output == "" || o.output == "-"):
		return misuse("volint schema import --all -o DIR", "--all makes several files, which need a folder")
	case o.dryRun && o.output == "":
		return misuse("leave it out: nothing is written without -o", "--dry-run says what -o would change")
	case o.format != "table" && o.format != "jsonl":
		return misuse("a list is printed as table or jsonl", "unknown format %q", o.format)
	}
	return nil
}

// isFile says whether -o names a file.
func (o *importOptions) isFile() bool { return strings.HasSuffix(o.output, ".proto") }

// tree reads what -o names: the folder that paths start from, and the files.
func (o *importOptions) tree() (string, *protofile.Tree, error) {
	if !o.isFile() {
		tree, err := protofile.ReadTree(o.output)
		return o.output, tree, err
	}
	tree := &protofile.Tree{}
	text, err := os.ReadFile(o.output)
	if errors.Is(err, os.ErrNotExist) {
		return "", tree, nil
	}
	if err == nil {
		err = tree.Add(filepath.ToSlash(o.output), text)
	}
	return "", tree, err
}

// wanted are the files that an import of these plugins wants.
func (o *importOptions) wanted() ([]*schemaimport.File, error) {
	var options schemaimport.Options
	if !o.all {
		pkg := o.packageName()
		options = schemaimport.Options{Package2: pkg, Package3: pkg, GoPrefix: "example.com/myschema/gen/go"}
	}
	if o.goPrefix != "" {
		options.GoPrefix = o.goPrefix
	}
	options.Bare = o.bare
	if o.all && o.pkg != "" {
		options.Package2, options.Package3 = packageOf2(o.pkg), o.pkg
	}
	files, untyped, err := options.Model(o.installed)
	if err != nil || o.all {
		o.untyped = untyped
		return files, err
	}
	chosen, err := choose(files, untyped, o.names)
	if err != nil {
		return nil, err
	}
	return []*schemaimport.File{o.oneFile(chosen)}, nil
}

// packageOf2 is the package for what Volatility 2 alone has, beside another: acme.v1 has
// acme.volatility2.v1. Messages of both may be called the same.
func packageOf2(pkg string) string {
	parts := strings.Split(pkg, ".")
	at := len(parts)
	if at > 1 && isVersion(parts[at-1]) {
		at--
	}
	return strings.Join(slices.Insert(parts, at, "volatility2"), ".")
}

// oneFile is a file for the messages of plugins that were named.
func (o *importOptions) oneFile(from []*schemaimport.File) *schemaimport.File {
	file := *from[0]
	file.Messages, file.Doc = nil, ""
	taken := map[string]bool{}
	for _, f := range from {
		for _, m := range f.Messages {
			if taken[m.Name] { // the two versions' messages have packages of their own elsewhere
				m.Name += "Volatility2"
			}
			taken[m.Name] = true
			file.Messages = append(file.Messages, m)
		}
	}
	parts := strings.Split(o.packageName(), ".")
	name := parts[len(parts)-1]
	if len(parts) > 1 {
		name = parts[len(parts)-2]
	}
	file.Path = strings.Join(parts, "/") + "/" + name + ".proto"
	if o.isFile() {
		file.Path = filepath.ToSlash(o.output)
	}
	return &file
}

// packageName is the package of a new file: as it was named, else by the folders that
// the file is in, else by the first plugin.
func (o *importOptions) packageName() string {
	if o.pkg != "" {
		return o.pkg
	}
	if o.isFile() {
		folders := strings.Split(filepath.ToSlash(filepath.Dir(o.output)), "/")
		if n := len(folders); n > 1 && isVersion(folders[n-1]) && isIdentifier(folders[n-2]) {
			return folders[n-2] + "." + folders[n-1]
		}
	}
	first, _, _ := strings.Cut(o.names[0], ".")
	first = strings.ToLower(first)
	if !isIdentifier(first) {
		first = "plugins"
	}
	return first + ".v1"
}

// isVersion says whether a folder is called as versions of packages are: v1, v2beta1.
func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && s[1] >= '1' && s[1] <= '9' && isIdentifier(s)
}

func isIdentifier(s string) bool {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// printWanted prints a new file.
func (a *app) printWanted(wants []*schemaimport.File) error {
	for _, w := range wants {
		text, err := protofile.Print(w)
		if err != nil {
			return err
		}
		if _, err := a.stdout.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// printDiff prints what would change.
func (a *app) printDiff(dir string, updates []protofile.Update) error {
	for _, u := range updates {
		name := filepath.ToSlash(filepath.Join(dir, u.Path))
		old := name
		if u.Before == nil {
			old = "/dev/null"
		}
		if _, err := a.stdout.Write(diff.Diff(old, u.Before, name, u.After)); err != nil {
			return err
		}
	}
	return nil
}

// importInfo is one line of what an import did, with --format jsonl.
type importInfo struct {
	protofile.Change
	Plugin string `json:"plugin,omitempty"` // one without a table
}

func (a *app) printChanges(o *importOptions, dir string, updates []protofile.Update) error {
	l := newListing("PLACE", "WHAT", "NAME", "DETAIL")
	for _, u := range updates {
		for _, c := range u.Changes {
			c.File = filepath.ToSlash(filepath.Join(dir, c.File))
			l.add(importInfo{Change: c}, c.Where(), string(c.Kind), c.Name(), c.Text)
		}
	}
	for _, u := range o.untyped {
		c := protofile.Change{Kind: "untyped", Text: u.Reason}
		l.add(importInfo{c, u.Plugin}, "-", "untyped", u.Plugin, u.Reason)
	}
	if len(l.objects) == 0 {
		return nil
	}
	return l.print(a.stdout, o.format)
}

// summarize says in a line how it went.
func (a *app) summarize(o *importOptions, updates []protofile.Update) {
	count := map[protofile.Kind]int{}
	files := 0
	for _, u := range updates {
		for _, c := range u.Changes {
			count[c.Kind]++
		}
		if u.Changed() {
			files++
		}
	}
	kinds := []protofile.Kind{protofile.KindMessageAdded, protofile.KindFieldAdded, protofile.KindFieldRemoved,
		protofile.KindSourceChanged, protofile.KindOptionChanged, protofile.KindCellChanged, protofile.KindDeprecated,
		protofile.KindTypeKept, protofile.KindNoneKept, protofile.KindNameKept, protofile.KindFieldKept, protofile.KindPluginGone, protofile.KindExpressionsKept}
	words := []string{plural(files, "file", "files") + " changed"}
	for _, k := range kinds {
		if count[k] > 0 {
			words = append(words, fmt.Sprintf("%d × %s", count[k], k))
		}
	}
	if len(o.untyped) > 0 {
		words = append(words, fmt.Sprintf("%d plugins have no table", len(o.untyped)))
	}
	mark := "summary"
	if o.dryRun {
		mark = "note"
		words[0] = fmt.Sprintf("%d files would change", files)
	}
	a.ui.say(mark, "%s", strings.Join(words, ", "))
}

// asFailure is what is wrong with a file, for people.
func asFailure(err error) error {
	var m *protofile.Mistake
	switch {
	case errors.As(err, &m):
		return fail(m.Hint, "%s", m.Error())
	case errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
		return fail("check the path and its permissions", "can't read the schema: %v", err)
	}
	return err
}

// unknownPlugin explains that a plugin is not there by asking the first Volatility for
// it, which knows names like it.
func (a *app) unknownPlugin(ctx context.Context, o *importOptions, err error) error {
	var unknown *notThere
	if !errors.As(err, &unknown) {
		return err
	}
	config := o.asked.config
	if len(o.asked.pythons) > 0 {
		config.Python = o.asked.pythons[0]
	}
	config.Version = o.installed[0].Version
	teller, done, openErr := openAs[tableTeller](ctx, a, config, "tables")
	if openErr != nil {
		return openErr
	}
	defer done()
	if _, said := teller.Tables(ctx, unknown.name); said != nil {
		return said
	}
	return fail("volint schema import --all -o DIR lists what there is", "there is no plugin %s", unknown.name)
}
