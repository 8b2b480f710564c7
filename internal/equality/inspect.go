package equality

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// inspecting prints what there is to know of an installed Volatility: the release,
// where its program is, and the packages beside it that change what it shows.
var inspecting = map[session.Version]string{
	session.Volatility3: `
import importlib.metadata as metadata, json, re
from volatility3.framework import constants
extras = []
for each in metadata.requires("volatility3") or []:
    name = re.match(r"[\w.-]+", each).group(0)
    try:
        if "extra" in each:
            extras.append(name + " " + metadata.version(name))
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"release": constants.PACKAGE_VERSION, "program": "", "extras": sorted(set(extras))}))
`,
	session.Volatility2: `
import json, os, sys
import volatility, volatility.constants as constants
extras, program = [], ""
for name in ("Crypto", "distorm3", "openpyxl", "PIL", "ujson", "yara"):
    try:
        __import__(name)
        extras.append(name)
    except ImportError:
        pass
for folder in (os.path.dirname(os.path.dirname(os.path.abspath(volatility.__file__))), os.path.join(sys.prefix, "bin"),
               os.path.join(sys.prefix, "Scripts"), os.path.dirname(sys.executable)):
    path = os.path.join(folder, "vol.py")
    if not program and os.path.exists(path):
        program = path
print(json.dumps({"release": constants.VERSION, "program": program, "extras": extras}))
`,
}

// ErrNoProgram says that an installed Volatility 2 has no vol.py.
var ErrNoProgram = errors.New("there is no vol.py beside Volatility 2")

// Inspect fills in the Program, the Release and the Extras of the Volatility that
// v.Python has, where they are not set.
func (v *Volatility) Inspect(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, v.Python, "-c", inspecting[v.Version])
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", v.Python, err, complaint(stderr.String()))
	}
	var found struct {
		Release, Program string
		Extras           []string
	}
	if err := json.Unmarshal(out, &found); err != nil {
		return fmt.Errorf("%s: %w", v.Python, err)
	}
	if v.Release == "" {
		v.Release = found.Release
	}
	if v.Program == "" {
		v.Program = found.Program
	}
	if len(found.Extras) > 0 {
		sum := sha256.Sum256([]byte(strings.Join(found.Extras, "\n")))
		v.Extras = "+" + hex.EncodeToString(sum[:3])
	}
	if v.Version == session.Volatility2 && v.Program == "" {
		return ErrNoProgram
	}
	return nil
}
