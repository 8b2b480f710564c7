package kdump

import "sync"

// CacheBytes is how much memory a dump takes for pages that it keeps unpacked.
const CacheBytes = 32 << 20

// shards is how many parts the cache has, so that readers seldom wait for each other.
const shards = 16

// cache keeps pages that were unpacked. Those that were asked for again stay longer.
type cache struct {
	shards [shards]shard
}

// shard keeps the pages whose number it has as the lowest bits. Its slots are a
// clock: the hand goes round and takes the first slot that was not used since it
// came by.
type shard struct {
	mu    sync.Mutex
	limit int            // of slots
	index map[uint64]int // page to slot
	slots []slot
	hand  int
}

type slot struct {
	page uint64
	used bool
	data []byte
}

func (c *cache) init(block int) {
	for i := range c.shards {
		c.shards[i].limit = max(1, CacheBytes/shards/block)
		c.shards[i].index = make(map[uint64]int)
	}
}

// get copies from an offset in a page on, if it is there.
func (c *cache) get(page uint64, p []byte, from int) bool {
	s := &c.shards[page%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.index[page]
	if ok {
		s.slots[at].used = true
		copy(p, s.slots[at].data[from:])
	}
	return ok
}

// put keeps a copy of a page.
func (c *cache) put(page uint64, data []byte) {
	s := &c.shards[page%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.index[page]; ok {
		return // another reader was faster
	}
	at := s.free()
	s.slots[at].page = page
	s.slots[at].data = append(s.slots[at].data[:0], data...)
	s.index[page] = at
}

// free is a slot that may be filled.
func (s *shard) free() int {
	if len(s.slots) < s.limit {
		s.slots = append(s.slots, slot{})
		return len(s.slots) - 1
	}
	for s.slots[s.hand].used {
		s.slots[s.hand].used = false
		s.hand = (s.hand + 1) % s.limit
	}
	at := s.hand
	s.hand = (s.hand + 1) % s.limit
	delete(s.index, s.slots[at].page)
	return at
}
