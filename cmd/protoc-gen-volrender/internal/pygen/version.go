package pygen

import (
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

var version2 = &version{
	number: 2,
	source: func(m *plan.Message) *plan.Source { return m.Volatility2 },
	scope: `import datetime

from .volrender_support import Address, Address64, Bytes, Hex, c_string, linux_common, obj, utils`,
	plugin: strings.ToLower, // as commands are called
}

var version3 = &version{
	number: 3,
	source: func(m *plan.Message) *plan.Source { return m.Volatility3 },
	scope: `import datetime

from volatility3.framework import constants, exceptions, interfaces, objects, renderers, symbols
from volatility3.framework.objects import utility
from volatility3.framework.renderers import format_hints

from .volrender_support import c_string`,
	plugin: func(name string) string { return name },
}
