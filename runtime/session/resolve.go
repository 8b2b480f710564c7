package session

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	if c.Cache == "" {
		c.Cache = defaultCache(c.Symbols)
	}
	c.Cache, err = filepath.Abs(c.Cache)
	return c, err
}

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
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			return nil, &Error{Code: "bad-setting", Message: fmt.Sprintf("there is no folder %s for %s", path, what),
				Hint: "it is named by " + where, cause: err}
		}
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		found = append(found, absolute)
	}
	return found, nil
}

// defaultCache is volint's own cache folder for Volatility 3. Volatility's index
// of symbol files holds those of one set of folders, and forgets others.
func defaultCache(symbols []string) string {
	root, err := os.UserCacheDir()
	if err != nil {
		root = filepath.Join(os.TempDir(), fmt.Sprintf("cache-%d", os.Getuid()))
	}
	sum := sha256.Sum256([]byte(strings.Join(symbols, "\x00")))
	return filepath.Join(root, "volint", "volatility3", hex.EncodeToString(sum[:8]))
}
