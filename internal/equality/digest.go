package equality

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// Digest is a table in short: enough to see that another is the same.
type Digest struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256,omitempty"`
	Failed bool   `json:"failed,omitempty"`
}

// DigestOf is a table in short.
func DigestOf(t Table) Digest {
	if t.Failed != "" {
		return Digest{Failed: true}
	}
	sum := sha256.Sum256([]byte(strings.Join(t.Rows, "\n") + "\n\n" + strings.Join(t.Files, "\n")))
	return Digest{Rows: len(t.Rows), SHA256: hex.EncodeToString(sum[:])}
}

// Digests are what is known of an image that never changes: by the key of a store,
// by command.
type Digests map[string]map[string]Digest

// ReadDigests reads a file of them; none where there is no file.
func ReadDigests(path string) (Digests, error) {
	d := Digests{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return nil, err
	}
	return d, json.Unmarshal(text, &d)
}

// Write writes them to a file, in an order that is always the same.
func (d Digests) Write(path string) error {
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
