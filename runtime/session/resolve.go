package session

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/volint/volint/runtime/session/cache"
)

// resolve fills in what the environment says where the configuration says
// nothing, and makes paths absolute. Python is not looked for.
func (c Config) resolve() (Config, error) {
	var err error
	if c.Version, err = version(c); err != nil {
		return c, err
	}
	if c.Python == "" {
		c.Python = os.Getenv("VOLINT_PYTHON")
	}
	// A folder for Volatility 2 holds Python 2, which Volatility 3 is not to import.
	if c.Plugins == nil && c.Version == Volatility2 {
		c.Plugins = filepath.SplitList(os.Getenv("VOLINT_PLUGINS"))
	}
	if c.Symbols == nil {
		c.Symbols = filepath.SplitList(os.Getenv("VOLINT_SYMBOLS"))
	}
	if c.Plugins, err = folders(c.Plugins, "plugins", "--plugins or VOLINT_PLUGINS"); err != nil {
		return c, err
	}
	if c.Symbols, err = folders(c.Symbols, "symbol files", "--symbols or VOLINT_SYMBOLS"); err != nil {
		return c, err
	}
	if c.Files, err = folder(c.Files, "the files that plugins write", "--files"); err != nil {
		return c, err
	}
	if c.Cache == "" {
		c.Cache = string(cache.Default())
	}
	if c.CacheLimit == 0 {
		if c.CacheLimit, err = cache.Limit(); err != nil {
			return c, &Error{Code: "bad-setting", Message: err.Error(), Hint: "it takes a number of bytes, 500M or 2G for instance; 0 keeps nothing", cause: err}
		}
	}
	c.Cache, err = filepath.Abs(c.Cache)
	return c, err
}

// WhichVersion is the Volatility that a session of this configuration runs: Version,
// else what VOLINT_VOLATILITY says, else 2 where there is a profile and 3 where not.
// The error is an *Error.
func (c Config) WhichVersion() (Version, error) { return version(c) }

// version is the Volatility to use: what is set, else by the environment, else by
// the profile.
func version(c Config) (Version, error) {
	switch c.Version {
	case Volatility2, Volatility3:
		return c.Version, nil
	case Auto:
	default:
		return 0, &Error{Code: "bad-setting", Message: fmt.Sprintf("there is no Volatility %d", c.Version), Hint: "it can be 2 or 3"}
	}
	switch set := os.Getenv("VOLINT_VOLATILITY"); set {
	case "2":
		return Volatility2, nil
	case "3":
		return Volatility3, nil
	case "":
	default:
		return 0, &Error{Code: "bad-setting", Message: fmt.Sprintf("VOLINT_VOLATILITY is %q", set), Hint: "it can be 2 or 3"}
	}
	if c.Profile != "" {
		return Volatility2, nil
	}
	return Volatility3, nil
}

// folders returns the absolute paths of folders, never nil.
func folders(paths []string, what, where string) ([]string, error) {
	found := []string{}
	for _, path := range paths {
		absolute, err := folder(path, what, where)
		if err != nil {
			return nil, err
		}
		if absolute != "" {
			found = append(found, absolute)
		}
	}
	return found, nil
}

// folder returns the absolute path of a folder, and "" for "".
func folder(path, what, where string) (string, error) {
	if path == "" {
		return "", nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return "", &Error{Code: "bad-setting", Message: fmt.Sprintf("there is no folder %s for %s", path, what),
			Hint: "it is named by " + where, cause: err}
	}
	return filepath.Abs(path)
}
