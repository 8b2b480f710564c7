package memaccess

// ReadVector fills the ranges: those of files from there, others by as few requests
// as the server's limit allows.
func (c *Client) ReadVector(ranges []Range) error {
	where, longest := c.layout.Load(), c.longest()
	var batch []*Range
	size := 0
	for i := range ranges {
		r := &ranges[i]
		piece := where.at(r.Addr)
		together := c.first != nil && c.first.features&featureVectored != 0 && len(r.Data) <= longest &&
			piece != nil && piece.file == nil && uint64(len(r.Data)) <= piece.run.End()-r.Addr
		if !together {
			r.Err = readFull(c, r.Data, r.Addr)
			continue
		}
		if size+len(r.Data) > longest || len(batch) == mostRanges {
			c.readBatch(batch)
			batch, size = batch[:0], 0
		}
		batch, size = append(batch, r), size+len(r.Data)
	}
	c.readBatch(batch)
	return firstError(ranges)
}

// readBatch reads ranges that lie in memory, by one request.
func (c *Client) readBatch(batch []*Range) {
	if len(batch) == 0 {
		return
	}
	var ok []bool
	err := c.request(true, func(l *link) (err error) {
		ok, err = l.readVector(batch)
		return err
	})
	for i, r := range batch {
		r.Err = err
		if err == nil && !ok[i] {
			r.Err = c.cantRead(r.Addr, len(r.Data))
		}
	}
}
