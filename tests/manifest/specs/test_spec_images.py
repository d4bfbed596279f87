"""Styles × contents and styles × doodles: which files a pattern stands for, and the rows of each pair."""

from __future__ import annotations

import itertools
import uuid
from pathlib import Path

import pytest
from enumerated import ONE, built, files, ids_of

from semstyle.manifest import ManifestError, Row, build_manifest, read_rows
from semstyle.manifest.specs import read_spec
from semstyle.storage import Folder

PROTOCOL = """\
# The usual evaluation: 20 contents × 40 styles.
styles:
  glob: "paintings/*.jpg"
  map: "{stem}_map.png"
contents:
  glob: "photos/*.jpg"
  map: "{stem}_map.png"
fixed:
  encoder: compact
"""


def names_of(row: Row) -> tuple[str | None, ...]:
    """The names of the four inputs, without folders."""
    paths = (row.styles[0], row.style_maps and row.style_maps[0], row.target_map, row.content)
    return tuple(Path(path).name if path else None for path in paths)


def test_a_spec_of_ten_lines_stands_for_800_rows(tmp_path: Path) -> None:
    styles = [f"painting{number:02}" for number in range(40)]
    contents = [f"photo{number:02}" for number in range(20)]
    for folder, stems in (("paintings", styles), ("photos", contents)):
        files(tmp_path, [f"{folder}/{stem}{end}" for stem in stems for end in (".jpg", "_map.png")])
    rows = built(tmp_path, PROTOCOL)
    assert len(PROTOCOL.splitlines()) <= 10
    assert [names_of(row) for row in rows] == [
        (f"{style}.jpg", f"{style}_map.png", f"{content}_map.png", f"{content}.jpg")
        for style, content in itertools.product(styles, contents)
    ]
    assert len(set(ids_of(rows))) == 800
    assert rows[0].style_maps == (str(tmp_path / "paintings/painting00_map.png"),)
    assert [row.tags for row in rows] == 40 * [{"content": content} for content in contents]


def test_listed_images_with_maps_and_tags(tmp_path: Path) -> None:
    text = """
    styles:
      - {image: in/monet.jpg, map: maps/monet.png, tags: {artist: Monet, scene: of the style}}
      - {image: s3://art/gogh.jpg, map: maps/gogh.png}
    contents:
      - {image: /photos/sea.jpg, map: sea.png, tags: {scene: coast}}
      - {image: palace.jpg, map: palace.png, tags: {content: by the river}}
    tags: {series: first, artist: unknown}
    grid: {seed: [1, 2]}
    """
    rows = built(tmp_path, text)
    assert [(*names_of(row), row.parameters.seed) for row in rows] == [
        (*style, target, content, seed)
        for style, (target, content), seed in itertools.product(
            [("monet.jpg", "monet.png"), ("gogh.jpg", "gogh.png")],
            [("sea.png", "sea.jpg"), ("palace.png", "palace.jpg")],
            [1, 2],
        )
    ]
    assert rows[0].styles == (str(tmp_path / "in/monet.jpg"),) and rows[4].styles == ("s3://art/gogh.jpg",)
    assert rows[0].content == "/photos/sea.jpg"
    assert rows[0].tags == {"series": "first", "artist": "Monet", "scene": "coast", "content": "sea"}
    assert rows[-1].tags == {"series": "first", "artist": "unknown", "content": "by the river"}


def test_the_same_rows_as_of_inputs_written_out(tmp_path: Path) -> None:
    files(tmp_path, ["a.png", "b.png", "x.jpg"])
    crossed = built(tmp_path, "{styles: {glob: '?.png'}, contents: {glob: '*.jpg'}, grid: {size: [64, 128]}}")
    listed = built(
        tmp_path, "{inputs: [{style: a.png, content: x.jpg}, {style: b.png, content: x.jpg}], grid: {size: [64, 128]}}"
    )
    assert ids_of(crossed) == ids_of(listed)


def test_doodles_and_styles_alone(tmp_path: Path) -> None:
    files(tmp_path, ["doodles/lake.png", "doodles/auto", "doodles/hill.png", "auto"])
    text = "{styles: {image: a.png, map: am.png}, targets: {glob: 'doodles/*', tags: {file: '{name} {stem}'}}}"
    rows = built(tmp_path, text)
    assert [names_of(row) for row in rows] == [
        ("a.png", "am.png", name, None) for name in ("auto", "hill.png", "lake.png")
    ]
    assert rows[2].tags == {"target": "lake", "file": "lake.png lake"}
    listed = built(tmp_path, "{styles: {image: a.png, map: am.png}, targets: [{map: t.png}, {glob: 'doodles/h*'}]}")
    assert [row.target_map for row in listed] == [str(tmp_path / "t.png"), str(tmp_path / "doodles/hill.png")]
    beside = built(tmp_path, "{styles: {image: a.png, map: am.png}, targets: {glob: 'aut?'}}")
    assert beside[0].target_map == str(tmp_path / "auto")  # a file, and not a map that is to be made
    alone = built(tmp_path, "{styles: {glob: 'doodles/*.png'}, fixed: {aspect: 1}}")
    assert [(names_of(row), row.tags) for row in alone] == [
        (("hill.png", None, None, None), {}),
        (("lake.png", None, None, None), {}),
    ]


def test_maps_beside_the_images_are_no_images(tmp_path: Path) -> None:
    files(tmp_path, ["a.png", "a_map.png", "b.png", "b_map.png", "c.png"])
    text = "{styles: {glob: '*.png', map: '{stem}_map.png'}, contents: {image: x.png, map: y.png}}"
    assert [names_of(row)[:2] for row in built(tmp_path, text)] == [
        ("a.png", "a_map.png"),
        ("b.png", "b_map.png"),
        ("c.png", "c_map.png"),  # that it is not there is told by validate --check-inputs
    ]


def test_maps_in_another_folder_and_maps_that_are_made(tmp_path: Path) -> None:
    files(tmp_path, ["paintings/a.png"])
    styles = "styles: {glob: 'paintings/*.png', map: '../maps/{name}.png'}"
    rows = built(tmp_path, f"{{{styles}, contents: {{image: x.png, map: y.png}}}}")
    assert rows[0].style_maps == (str(tmp_path / "maps/a.png.png"),)
    made = built(tmp_path, "{styles: {glob: 'paintings/*', map: 'auto:4'}, contents: {image: x.png, map: 'auto:4'}}")
    assert made[0].style_maps == ("auto:4",) and made[0].asked_maps is not None


def test_hidden_files_and_other_folders_are_not_matched(tmp_path: Path) -> None:
    files(tmp_path, ["in/.hidden.png", "in/[a].png", "in/deep/b.png", "in/B.PNG", "c.png"])
    assert [names_of(row)[0] for row in built(tmp_path, "styles: {glob: 'in/*.png'}")] == ["[a].png"]
    assert [names_of(row)[0] for row in built(tmp_path, "styles: {glob: 'in/.*'}")] == [".hidden.png"]
    assert [names_of(row)[0] for row in built(tmp_path, "styles: {glob: 'in/*.[pP][nN][gG]'}")] == ["B.PNG", "[a].png"]


def test_patterns_in_a_bucket(s3: str, tmp_path: Path) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    for name in ("paintings/a.jpg", "paintings/a_map.png", "paintings/b.jpg", "paintings/deep/c.jpg", "x.jpg", "y.jpg"):
        folder.write(name, b"")
    text = "{styles: {glob: 'paintings/*.jpg', map: '{stem}_map.png'}, contents: {glob: '[xy].jpg', map: '{stem}.png'}}"
    folder.write("spec.yaml", text.encode())
    out = folder.location("m.parquet")
    assert build_manifest(folder.location("spec.yaml"), out) == 4
    rows = [row for row in read_rows(out) if isinstance(row, Row)]
    assert [row.styles[0] for row in rows[::2]] == [folder.location(f"paintings/{name}.jpg") for name in "ab"]
    assert [row.target_map for row in rows] == [folder.location(f"{name}.png") for name in "xyxy"]
    (tmp_path / "spec.yaml").write_text(f"styles: {{glob: '{folder.location('paintings/*.jpg')}'}}")
    elsewhere = [row["style"] for row in read_spec(str(tmp_path / "spec.yaml")).rows()]
    assert elsewhere == [folder.location(f"paintings/{name}.jpg") for name in "ab"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("styles: {glob: '*.gif'}", r"styles\.glob: no file in .* matches \*\.gif"),
        ("styles: [{image: a}, {glob: 'none/*.jpg'}]", r"styles\[1\]\.glob: no file in .*/none matches \*\.jpg"),
        ("styles: {glob: '*/a.jpg'}", r"styles\.glob: wildcards may stand in the name of the file alone"),
        ("styles: {glob: 'in/'}", r"styles\.glob: wildcards may stand in the name of the file alone"),
        ("styles: {glob: 'https://example.com/*.jpg'}", r"styles\.glob: a web server does not tell"),
        ("styles: {glob: 'a::*.jpg'}", r".*chained URIs"),
        (
            "styles: {glob: 'a.*', map: '{stm}.png'}",
            r"styles\.map: \{stm\} is not known; there are \{stem\} and \{name\}",
        ),
        ("styles: {glob: 'a.*', map: '{stem.png'}", r"styles\.map: \{ is not known"),
        ("styles: {glob: 'a.*', map: '{stem.__class__}'}", r"styles\.map: \{stem\.__class__\} is not known"),
        ("styles: {glob: 'a.*', tags: {x: '{0}'}}", r"styles\.tags\.x: \{0\} is not known"),
        ("styles: {glbo: a}", r"styles\.glbo: there is no such key; did you mean glob\?"),
        ("styles: [{imge: a}]", r"styles\[0\]\.imge: there is no such key; did you mean image\?"),
        ("styles: {glob: a, size: 64}", r"styles\.size: .*size is a parameter: it goes under fixed"),
        ("styles: {glob: a, image: b}", "styles: give either image, a path, or glob, a pattern such as"),
        ("styles: {map: a}", "styles: give either image"),
        ("{styles: {image: a}, targets: {tags: {a: b}}}", "targets: give either map, a path, or glob"),
        ("styles: []", "styles: is empty; give at least one value; for example styles: "),
        ("styles: [a.jpg]", r"styles\[0\]: is no mapping of names to values; for example styles: "),
        ("styles: a.jpg", "styles: is no mapping of names to values; for example styles: "),
        ("contents: {image: a}", "contents: needs styles beside it; for example styles: "),
        (ONE + "styles: {image: a}", "inputs: stands beside styles; a job has one of them, and two jobs can have both"),
        ("{styles: {image: a}, contents: {image: a}, targets: {map: a}}", "targets: stands beside contents"),
        (
            "{styles: {image: a, map: b}, contents: {image: c}}",
            "contents: target_map is empty while style_map is given",
        ),
        ("{styles: [{image: a}], targets: [{map: c}]}", r"styles\[0\]: style_map is empty while target_map is given"),
        (
            "{styles: {image: a, map: m}, targets: {glob: 'a.*'}, fixed: {init: content}}",
            r"targets \(a\.png\): content is empty while init is content",
        ),
    ],
)
def test_images_that_cannot_be_are_told(text: str, message: str, tmp_path: Path) -> None:
    files(tmp_path, ["a.png"])
    with pytest.raises(Exception, match=message) as caught:
        built(tmp_path, text)
    assert isinstance(caught.value, ManifestError) or "chained" in str(caught.value)
    assert not (tmp_path / "m.parquet").exists()


def test_a_style_that_is_added_keeps_all_ids(tmp_path: Path) -> None:
    files(tmp_path, ["s/b.png", "s/d.png", "c/x.png"])
    text = "{styles: {glob: 's/*'}, contents: {glob: 'c/*'}, seeds: 2}"
    before = ids_of(built(tmp_path, text))
    files(tmp_path, ["s/a.png", "s/c.png", "c/y.png"])
    after = ids_of(built(tmp_path, text))
    assert len(before) == 4 and len(after) == 16 and set(before) < set(after)
    tagged = text.replace("'s/*'", "'s/*', tags: {artist: '{stem}'}")
    assert ids_of(built(tmp_path, tagged)) == after
