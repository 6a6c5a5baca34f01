// Verifies the log half of an auditor's copy with Go's own packages for its checksum database:
//
//	verify COPY VKEY
//
// The note and checkpoint, the width of every bundle, and the inclusion proof of every entry, made from the tiles.
// Exit status: 0 good, 1 refused, 2 wrong usage.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// folder reads C2SP tiles; Go's own paths differ only in their prefix (tile/8/0/000 for tile/0/000).
type folder string

func (f folder) tile(t tlog.Tile) ([]byte, error) {
	level, rest, _ := strings.Cut(strings.TrimPrefix(t.Path(), "tile/8/"), "/")
	if level == "data" {
		level = "entries"
	}
	return os.ReadFile(filepath.Join(string(f), "log", "tile", level, rest))
}

func (f folder) Height() int                         { return 8 }
func (f folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, t := range tiles {
		hashes, err := f.tile(t)
		if err != nil {
			return nil, err
		}
		data = append(data, hashes)
	}
	return data, nil
}

// checkpoint opens the note and returns the tree that it signs.
func (f folder) checkpoint(vkey string) (tree tlog.Tree, err error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	data, err := os.ReadFile(filepath.Join(string(f), "log", "checkpoint"))
	if err != nil {
		return tree, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	copy(tree.Hash[:], root)
	return tree, err
}

// bundle returns the entries of the n-th entry bundle, which must hold exactly width of them.
func (f folder) bundle(n int64, width int) (entries [][]byte, err error) {
	data, err := f.tile(tlog.Tile{H: 8, L: -1, N: n, W: width})
	for err == nil && len(data) >= 2 && len(data)-2 >= int(binary.BigEndian.Uint16(data)) {
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	if err == nil && (len(data) != 0 || len(entries) != width) {
		err = fmt.Errorf("entry bundle %d does not hold %d entries", n, width)
	}
	return entries, err
}

// known asks the tiles, which are authenticated at every reading, only once for each hash.
type known struct {
	tiles  tlog.HashReader
	hashes map[int64]tlog.Hash
}

func (k known) ReadHashes(indexes []int64) (found []tlog.Hash, err error) {
	var missing []int64
	for _, index := range indexes {
		if _, ok := k.hashes[index]; !ok {
			missing = append(missing, index)
		}
	}
	read, err := k.tiles.ReadHashes(missing)
	for i, hash := range read {
		k.hashes[missing[i]] = hash
	}
	for _, index := range indexes {
		found = append(found, k.hashes[index])
	}
	return found, err
}

// included checks the inclusion proof of every entry of one bundle.
func (f folder) included(tree tlog.Tree, n int64, entries [][]byte) error {
	reader := known{tlog.TileHashReader(tree, f), map[int64]tlog.Hash{}}
	var ahead []int64
	for level := 0; level < 8; level++ {
		for i := int64(0); i < int64(len(entries))>>level; i++ {
			ahead = append(ahead, tlog.StoredHashIndex(level, 256*n>>level+i))
		}
	}
	if _, err := reader.ReadHashes(ahead); err != nil {
		return err
	}
	for i, entry := range entries {
		index := 256*n + int64(i)
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

func run(f folder, vkey string) error {
	tree, err := f.checkpoint(vkey)
	for n := int64(0); err == nil && 256*n < tree.N; n++ {
		width := 256
		if tree.N-256*n < 256 {
			width = int(tree.N - 256*n)
		}
		var entries [][]byte
		if entries, err = f.bundle(n, width); err == nil {
			err = f.included(tree, n, entries)
		}
	}
	if err == nil {
		fmt.Printf("ok: %d entries\n", tree.N)
	}
	return err
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: verify COPY VKEY")
		os.Exit(2)
	}
	if err := run(folder(os.Args[1]), os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}
