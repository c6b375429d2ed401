/** Pinyin with tone numbers, as the API has it, and with tone marks, as people read it. */
const MARKS: Record<string, string> = {
  a: "āáǎà", e: "ēéěè", i: "īíǐì", o: "ōóǒò", u: "ūúǔù", ü: "ǖǘǚǜ",
};

/** `hao3` → `hǎo`, `lv4` → `lǜ`, `de5` → `de`. What is no syllable stays as it is. */
export function marked(syllable: string): string {
  const match = /^([a-zü:]+)([1-5])$/i.exec(syllable);
  if (!match) return syllable;
  const letters = (match[1] ?? "").toLowerCase().replace(/u:|v/g, "ü");
  const tone = Number(match[2]);
  const at = bearer(letters);
  const vowel = letters[at];
  const mark = tone === 5 || vowel === undefined ? vowel : MARKS[vowel]?.[tone - 1];
  return mark === undefined ? letters : letters.slice(0, at) + mark + letters.slice(at + 1);
}

/** a and e bear the mark; in `ou` the o; otherwise the last vowel. */
function bearer(letters: string): number {
  for (const sure of ["a", "e", "ou"]) if (letters.includes(sure)) return letters.indexOf(sure);
  for (let at = letters.length - 1; at >= 0; at -= 1) if (MARKS[letters[at] ?? ""]) return at;
  return -1;
}

/** `yín háng` or `yin2 hang2`, however it was typed, as the API takes it; null if a tone is missing. */
export function numbered(typed: string): string | null {
  const syllables = typed.trim().toLowerCase().split(/[\s'’]+/).filter(Boolean).map(numberedSyllable);
  return syllables.length > 0 && syllables.every((one) => one !== null) ? syllables.join(" ") : null;
}

function numberedSyllable(syllable: string): string | null {
  if (/^[a-zü:]+[1-5]$/.test(syllable)) return syllable.replace(/u:|ü/g, "v");
  for (const [vowel, marks] of Object.entries(MARKS)) {
    for (const [index, mark] of [...marks].entries()) {
      if (syllable.includes(mark)) {
        return `${syllable.replace(mark, vowel).replace(/ü/g, "v")}${index + 1}`;
      }
    }
  }
  return /^[a-zü]+$/.test(syllable) ? `${syllable.replace(/ü/g, "v")}5` : null;
}
