package output_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
)

func TestEachKeepsTheOrder(t *testing.T) {
	var items, want []string
	for i := range 100 {
		items = append(items, fmt.Sprint(i))
		want = append(want, fmt.Sprint(i)+".h", fmt.Sprint(i)+".c")
	}
	files, err := output.Each(items, func(item string) ([]output.File, error) {
		return []output.File{{Name: item + ".h"}, {Name: item + ".c"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestEachTellsTheFirstError(t *testing.T) {
	files, err := output.Each([]string{"a", "b", "c"}, func(item string) ([]output.File, error) {
		if item == "a" {
			return nil, nil
		}
		return nil, errors.New(item)
	})
	if files != nil || err == nil || err.Error() != "b" {
		t.Errorf("%v, %v", files, err)
	}
}
