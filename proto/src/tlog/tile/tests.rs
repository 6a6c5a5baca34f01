use super::*;

fn path(level: TileLevel, n: u64, width: u16) -> TilePath {
    TilePath::new(level, n, width).expect("level and width are allowed")
}

#[test]
fn paths_round_trip() {
    for (tile, text) in [
        (path(TileLevel::Hash(0), 0, 256), "tile/0/000"),
        (
            path(TileLevel::Hash(0), 1_234_067, 256),
            "tile/0/x001/x234/067",
        ),
        (path(TileLevel::Hash(63), 999, 255), "tile/63/999.p/255"),
        (
            path(TileLevel::Entries, 1000, 1),
            "tile/entries/x001/000.p/1",
        ),
        (
            path(TileLevel::Entries, 1_000_000, 256),
            "tile/entries/x001/x000/000",
        ),
        (
            path(TileLevel::Entries, u64::MAX, 255),
            "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255",
        ),
    ] {
        assert_eq!(tile.to_path(), text);
        assert_eq!(TilePath::parse(text), Ok(tile), "{text}");
    }
}

#[test]
fn longest_path_fits_the_limit_exactly() {
    let longest = path(TileLevel::Entries, u64::MAX, 255).to_path();
    assert_eq!(longest.len(), TILE_PATH_LEN_MAX);
    let longer = longest + "0";
    assert_eq!(
        TilePath::parse(&longer),
        Err(TilePathError::TooLong { got: 53 })
    );
}

#[test]
fn new_refuses_levels_and_widths_outside_the_format() {
    let new = |level, width| TilePath::new(TileLevel::Hash(level), 0, width).map(|_| ());
    assert_eq!(new(63, 1), Ok(()));
    assert_eq!(new(64, 1), Err(TilePathError::LevelTooHigh { got: 64 }));
    assert_eq!(new(0, 0), Err(TilePathError::WrongWidth { got: 0 }));
    assert_eq!(new(0, 256), Ok(()));
    assert_eq!(new(0, 257), Err(TilePathError::WrongWidth { got: 257 }));
}

#[test]
fn parse_refuses_every_other_spelling() {
    use TilePathError::*;
    for (text, refused) in [
        ("", NotATile),
        ("/tile/0/000", NotATile),
        ("tile/0", NotATile),
        ("tiles/0/000", NotATile),
        ("tile//000", LevelNotANumber),
        ("tile/00/000", LevelNotANumber),
        ("tile/+1/000", LevelNotANumber),
        ("tile/data/000", LevelNotANumber),
        ("tile/64/000", LevelTooHigh { got: 64 }),
        ("tile/300/000", LevelTooHigh { got: 300 }),
        ("tile/0/", WrongIndex),
        ("tile/0/0", WrongIndex),
        ("tile/0/0000", WrongIndex),
        ("tile/0/+12", WrongIndex),
        ("tile/0/x001/", WrongIndex),
        ("tile/0//000", WrongIndex),
        ("tile/0/xx01/000", WrongIndex),
        ("tile/0/000.p", WrongIndex),
        ("tile/0/x018/x446/x744/x073/x709/x551/616", WrongIndex),
        ("tile/0/000.p/", WidthNotANumber),
        ("tile/0/000.p/01", WidthNotANumber),
        ("tile/0/000.p/1/", WidthNotANumber),
        ("tile/0/000.p/0", WrongWidth { got: 0 }),
        ("tile/0/000.p/256", WrongWidth { got: 256 }),
        ("tile/0/x000/067", NotCanonical),
        ("tile/0/x067", NotCanonical),
        ("tile/0/001/067", NotCanonical),
        ("tile/0/x001/x067", NotCanonical),
    ] {
        assert_eq!(TilePath::parse(text), Err(refused), "{text}");
    }
}

#[test]
fn tiles_of_a_size_are_exactly_the_full_and_right_edge_ones() {
    let listed = |size| {
        tiles_for_size(size)
            .map(|tile| tile.to_path())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(0), Vec::<String>::new());
    assert_eq!(listed(1), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
    assert_eq!(listed(255), ["tile/entries/000.p/255", "tile/0/000.p/255"]);
    assert_eq!(
        listed(256),
        ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    );
    assert_eq!(
        listed(257),
        [
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
        ]
    );
    assert_eq!(
        listed(65_535).last().map(String::as_str),
        Some("tile/1/000.p/255")
    );
    assert_eq!(
        listed(65_536).last().map(String::as_str),
        Some("tile/2/000.p/1")
    );
}

#[test]
fn largest_size_is_listed_without_overflow() {
    let first = tiles_for_size(u64::MAX).next();
    assert_eq!(first, Some(path(TileLevel::Entries, 0, 256)));
    let top = tiles_of_level(TileLevel::Hash(7), u64::MAX >> 56).collect::<Vec<_>>();
    assert_eq!(top, [path(TileLevel::Hash(7), 0, 255)]);
}

#[test]
fn bundles_round_trip_and_refuse_too_many_entries() {
    let entries = vec![b"e".to_vec(); 256];
    let bundle = encode_entry_bundle(&entries).expect("256 entries fit");
    assert_eq!(
        decode_entry_bundle(&bundle).map(|entries| entries.len()),
        Ok(256)
    );
    let longer = [bundle.as_slice(), &[0, 0]].concat();
    assert_eq!(
        decode_entry_bundle(&longer),
        Err(BundleDecodeError::TooManyEntries)
    );
    let refused = encode_entry_bundle(&[entries, vec![vec![]]].concat());
    assert_eq!(
        refused,
        Err(BundleEncodeError::WrongEntryCount { got: 257 })
    );
    let none: [&[u8]; 0] = [];
    assert_eq!(
        encode_entry_bundle(&none),
        Err(BundleEncodeError::WrongEntryCount { got: 0 })
    );
}

#[test]
fn bundle_bytes_are_length_and_entry() {
    let bundle = encode_entry_bundle(&[b"ab".as_slice(), b""]).expect("two entries fit");
    assert_eq!(bundle, [0, 2, b'a', b'b', 0, 0]);
    assert_eq!(
        decode_entry_bundle(&bundle),
        Ok(vec![b"ab".as_slice(), b""])
    );
    assert_eq!(decode_entry_bundle(&[]), Err(BundleDecodeError::NoEntries));
    assert_eq!(
        decode_entry_bundle(&bundle[..5]),
        Err(BundleDecodeError::CutLength { position: 1 })
    );
    assert_eq!(
        decode_entry_bundle(&bundle[..3]),
        Err(BundleDecodeError::CutEntry { position: 0 })
    );
    assert_eq!(
        decode_entry_bundle(&bundle[..1]),
        Err(BundleDecodeError::CutLength { position: 0 })
    );
}

#[test]
fn entry_length_ends_at_its_prefix() {
    let longest = vec![0; ENTRY_LEN_MAX];
    let bundle = encode_entry_bundle(&[&longest]).expect("longest entry fits");
    assert_eq!(decode_entry_bundle(&bundle), Ok(vec![longest.as_slice()]));
    let longer = vec![0; ENTRY_LEN_MAX + 1];
    assert_eq!(
        encode_entry_bundle(&[[].as_slice(), &longer]),
        Err(BundleEncodeError::EntryTooLong {
            position: 1,
            got: 65_536
        })
    );
}

#[test]
fn hash_tile_has_exactly_its_width() {
    let tile = [7; 64];
    assert_eq!(decode_hash_tile(&tile, 2), Ok(vec![Hash([7; 32]); 2]));
    assert_eq!(
        decode_hash_tile(&tile, 1),
        Err(HashTileError { width: 1, got: 64 })
    );
    assert_eq!(
        decode_hash_tile(&tile[..63], 2),
        Err(HashTileError { width: 2, got: 63 })
    );
}
