package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Report is what Doctor finds.
type Report struct {
	// Version is the Volatility that a command would use.
	Version Version
	// Candidates are the Pythons that were looked at.
	Candidates []Candidate
	// Python is the interpreter of the chosen one, Volatility its version; "" where
	// there is none.
	Python, Volatility string
	// Image is the memory image that was looked at, or "".
	Image string
	// SymbolFolders are where Volatility 3 looks for symbol files, besides its own
	// folders, and SymbolFiles those for Linux that it finds.
	SymbolFolders, SymbolFiles []string
	// Banners are the Linux kernels in the image, the most frequent first; Matches
	// are the symbol files that fit one of them. Volatility 3 only.
	Banners, Matches []string
	// LinuxProfiles are the profiles for Linux that Volatility 2 has.
	LinuxProfiles []string
	// Findings are all of this as sentences, in the order to read them.
	Findings []Finding
}

// Finding is a sentence of a Report.
type Finding struct {
	// Good is false for what keeps commands from running. Doubtful is what does not,
	// and yet is not as it should be: an image that was cut short.
	Good, Doubtful bool
	// What is the finding. Hint says how to mend what is not good; it may hold a
	// command to type.
	What, Hint string
}

// Good reports whether nothing keeps commands from running.
func (r *Report) Good() bool {
	for _, f := range r.Findings {
		if !f.Good {
			return false
		}
	}
	return true
}

func (r *Report) good(format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Good: true, What: fmt.Sprintf(format, args...)})
}

func (r *Report) bad(hint, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{What: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *Report) failed(err error) {
	var e *Error
	if errors.As(err, &e) {
		r.bad(e.Hint, "%s", e.Message)
		return
	}
	r.bad("", "%v", err)
}

// Doctor says which Python and which Volatility commands would run in, what that
// Volatility finds of symbols or profiles, whether they fit the image if one is
// configured, and what is missing. It changes nothing but Volatility's cache.
func Doctor(ctx context.Context, cfg Config) *Report {
	r := &Report{}
	resolved, err := cfg.resolve()
	if err != nil {
		r.failed(err)
		return r
	}
	cfg = resolved
	r.Version = cfg.Version
	r.SymbolFolders = cfg.Symbols
	r.choosePython(ctx, &cfg)
	image := r.memory(ctx, &cfg)
	defer image.close()
	if r.Python == "" {
		return r
	}
	said, err := inspect(ctx, cfg, image)
	if err != nil {
		r.failed(err)
		return r
	}
	r.Volatility = said.Volatility
	if cfg.Version == Volatility2 {
		r.profiles(said, cfg)
	} else {
		r.symbols(said, cfg)
	}
	return r
}

func (r *Report) choosePython(ctx context.Context, cfg *Config) {
	r.Candidates = probeAll(ctx, cfg, false)
	for _, c := range r.Candidates {
		if c.Chosen {
			cfg.Python = c.Python
			r.Python, r.Volatility = c.Python, c.volatility(cfg.Version)
			r.good("Volatility %s under Python %s: %s (%s)", r.Volatility, c.Version, c.Python, c.From)
			return
		}
	}
	if cfg.Python != "" && len(r.Candidates) == 1 {
		c := r.Candidates[0]
		r.bad(howToInstall(cfg.Version), "%s can't run Volatility %d: %s", cfg.Python, cfg.Version, c.Why)
		return
	}
	r.failed(notChosen(r.Candidates, cfg.Version))
}

// inspect asks a worker what there is.
func inspect(ctx context.Context, cfg Config, image *image) (*record, error) {
	cfg.DropIns, cfg.Pause = nil, false
	session, err := newSession(ctx, cfg, image)
	if err != nil {
		return nil, err
	}
	run, err := session.startAlone(ctx, session.request("inspect", Request{}))
	if err != nil {
		return nil, err
	}
	defer run.Close()
	_, err = run.Wait()
	if run.control.inspect != nil {
		return run.control.inspect, nil
	}
	return nil, err
}

func (r *Report) symbols(said *record, cfg Config) {
	r.SymbolFiles, r.Banners, r.Matches = said.Symbols, said.Banners, said.Matches
	looked := "Volatility's own folders"
	if len(cfg.Symbols) > 0 {
		looked = strings.Join(cfg.Symbols, ", ") + " and " + looked
	}
	const get = "put the kernel's symbol file (.json.xz, made with dwarf2json) into a folder and give it with --symbols or VOLINT_SYMBOLS"
	switch {
	case r.Image == "" && len(said.Symbols) == 0:
		r.bad(get, "no symbol file for a Linux kernel in %s", looked)
	case r.Image == "":
		files := "files"
		if len(said.Symbols) == 1 {
			files = "file"
		}
		r.good("%d symbol %s for Linux kernels in %s", len(said.Symbols), files, looked)
	case len(said.Matches) > 0:
		r.good("the symbol file %s fits the image's kernel: %s", said.Matches[0], said.Banners[0])
	case len(said.Banners) > 0:
		r.bad(get, "no symbol file in %s fits the image's kernel: %s", looked, said.Banners[0])
	default:
		r.bad("is it the memory of a Linux system: raw, LiME, AVML, ELF core or kdump?", "there is no Linux kernel in %s", r.Image)
	}
}

func (r *Report) profiles(said *record, cfg Config) {
	r.LinuxProfiles = said.LinuxProfiles
	const get = "put the kernel's profile (.zip) into a folder and give it with --plugins or VOLINT_PLUGINS"
	switch {
	case cfg.Profile == "" && len(said.LinuxProfiles) == 0:
		r.bad(get, "Volatility 2 has no Linux profile")
	case cfg.Profile == "":
		r.good("Linux profiles: %s; give one with --profile", strings.Join(said.LinuxProfiles, ", "))
	case slices.Contains(said.Profiles, cfg.Profile):
		r.good("the profile %s is there", cfg.Profile)
	default:
		r.bad(get, "Volatility 2 has no profile %s; it has for Linux: %s", cfg.Profile, strings.Join(said.LinuxProfiles, ", "))
	}
}
