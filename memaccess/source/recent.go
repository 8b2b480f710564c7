package source

import "container/list"

// recent keeps the values that were used last, by key. It is not for use by several
// goroutines at once.
type recent[K comparable, V any] struct {
	limit  int
	order  *list.List // of pair, the last used first
	values map[K]*list.Element
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](limit int) recent[K, V] {
	return recent[K, V]{limit: limit, order: list.New(), values: make(map[K]*list.Element)}
}

func (r *recent[K, V]) get(key K) (value V, ok bool) {
	e, ok := r.values[key]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(e)
	return e.Value.(pair[K, V]).value, true
}

func (r *recent[K, V]) put(key K, value V) {
	if e, ok := r.values[key]; ok {
		e.Value = pair[K, V]{key, value}
		r.order.MoveToFront(e)
		return
	}
	if r.order.Len() == r.limit {
		oldest := r.order.Back()
		r.order.Remove(oldest)
		delete(r.values, oldest.Value.(pair[K, V]).key)
	}
	r.values[key] = r.order.PushFront(pair[K, V]{key, value})
}
