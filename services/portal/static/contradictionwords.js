/** What the page says about contradictions. */

/** @type {Record<string, string[]>} */
export const CONTRADICTION_WORDS = {
  contradictions: ['Mâu thuẫn', 'Contradictions'],
  contradictionsWhy: ['Những sự kiện không thể cùng đúng, dù hiểu các ngày ghi không đủ theo cách nào.',
    'Facts that cannot all be true, whatever dates that are not exact may mean.'],
  contradictionsHere: ['{0} mâu thuẫn trong sổ vào ngày này: xem và cách khắc phục', '{0} contradictions on this day: see them, and how they are mended'],
  noContradiction: ['Không có mâu thuẫn nào.', 'There is no contradiction.'],
  everyKind: ['mọi loại', 'every kind'],
  ofKind: ['Loại', 'Kind'],
  everywhere: ['Xem ở mọi nơi', 'See them everywhere'],
  mend: ['Khắc phục:', 'To mend:'],
  acceptedBy: ['đã được {0} chấp nhận', 'answered for by {0}'],
  code: ['Mã', 'Code'],
};
