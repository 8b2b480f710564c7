package schemaimport

import (
	"fmt"
	"sort"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// Options say where messages go. The zero value is for the schemas that volint has.
type Options struct {
	// Package2 and Package3 are the packages of messages that Volatility 2 alone
	// fills, and of all others. Default: "volint.volatility2.v1" and
	// "volint.volatility3.v1".
	Package2, Package3 string
	// GoPrefix is what the import paths of the Go packages begin with. Default:
	// "github.com/volint/volint/gen/go".
	GoPrefix string
	// Bare leaves out what plugins say of themselves and of their options, which are
	// words of others, as the schemas that volint has do.
	Bare bool
}

// Model is [Options.Model] for the schemas that volint has.
func Model(installed []Installed) ([]*File, []Untyped, error) {
	return Options{}.Model(installed)
}

// Model decides which messages the plugins of some installed Volatilities have, and
// what is in them. Of one version several releases may be given: a message has the
// columns of all, and what they disagree about is as in the newest.
//
// What is decided of one plugin depends on the others: whether a name is free, which
// plugins share a module, which two show the same thing. So all tables should be given,
// also where few messages are wanted.
//
// Files are sorted by path, messages by name; the untyped by version and name. An error
// is a mistake in what is given, such as no Volatility.
func (o Options) Model(installed []Installed) ([]*File, []Untyped, error) {
	if len(installed) == 0 {
		return nil, nil, fmt.Errorf("no Volatility was given whose tables could become messages")
	}
	for _, i := range installed {
		if i.Version != session.Volatility2 && i.Version != session.Volatility3 {
			return nil, nil, fmt.Errorf("there is no Volatility %d to import", i.Version)
		}
	}
	o.defaults()
	data, err := known()
	if err != nil {
		return nil, nil, err
	}
	plugins2, untyped2 := gather(data, installed, session.Volatility2)
	plugins3, untyped3 := gather(data, installed, session.Volatility3)
	subjects := pair(data, plugins2, plugins3)
	name(subjects)
	return o.files(data, subjects), append(untyped2, untyped3...), nil
}

func (o *Options) defaults() {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&o.Package2, "volint.volatility2.v1")
	set(&o.Package3, "volint.volatility3.v1")
	set(&o.GoPrefix, "github.com/volint/volint/gen/go")
}

// files sorts the messages of subjects into files.
func (o Options) files(data *knowledge, subjects []*subject) []*File {
	byPath := map[string]*File{}
	for _, s := range subjects {
		file := o.file(s)
		if there := byPath[file.Path]; there != nil {
			file = there
		} else {
			byPath[file.Path] = file
		}
		file.Messages = append(file.Messages, message(data, s, o.Bare))
	}
	var files []*File
	for _, file := range byPath {
		sort.Slice(file.Messages, func(i, j int) bool { return file.Messages[i].Name < file.Messages[j].Name })
		files = append(files, file)
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	return files
}

// file is the file of a subject's message, without messages.
func (o Options) file(s *subject) *File {
	pkg, family := o.Package3, s.family()
	if s.three == nil {
		pkg = o.Package2
	}
	folder := strings.ReplaceAll(pkg, ".", "/")
	return &File{
		Path:      folder + "/" + family + ".proto",
		Package:   pkg,
		GoPackage: o.GoPrefix + "/" + folder + ";" + goName(pkg),
		Doc:       fileDoc(s, family),
	}
}

// goName is the name of a package's Go package: its last part, with the one before it
// where the last is a version.
func goName(pkg string) string {
	parts := strings.Split(pkg, ".")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9' {
		return parts[len(parts)-2] + last
	}
	return last
}
