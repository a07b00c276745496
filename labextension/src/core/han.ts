/**
 * Where a Chinese sentence meets what is filled into it: a space beside Latin letters and digits, none beside Chinese.
 *
 * The same rule as `hubkin.han`; what somebody else wrote is left as it is, only the seams are minded.
 */
const HAN = /[\u4e00-\u9fff]/;
const CLOSE = /[，。；：、！？（）《》“”]/;
const LATIN = /[A-Za-z0-9`¥$%]/;

/** Put the pieces of a Chinese sentence together. */
export function joined(pieces: readonly string[]): string {
  return pieces.reduce((said, piece) => {
    if (said === '' || piece === '') {
      return said + piece;
    }
    const [left, right] = [said.slice(-1), piece.slice(0, 1)];
    if (left === ' ' && touches(said.slice(-2, -1), right)) {
      return said.slice(0, -1) + piece;
    }
    if (right === ' ' && touches(left, piece.slice(1, 2))) {
      return said + piece.slice(1);
    }
    const wants = (HAN.test(left) && LATIN.test(right)) || (LATIN.test(left) && HAN.test(right));
    return wants ? `${said} ${piece}` : said + piece;
  }, '');
}

/** Whether no space belongs between the two. */
function touches(left: string, right: string): boolean {
  return (
    left !== '' &&
    right !== '' &&
    (CLOSE.test(left) || CLOSE.test(right) || (HAN.test(left) && HAN.test(right)))
  );
}

/** `12小时` of `Intl` as `12 小时`, as our own sentences are written. */
export function spaced(text: string): string {
  return text.replace(/(\d)(?=[\u4e00-\u9fff])|([\u4e00-\u9fff])(?=\d)/g, '$& ');
}
