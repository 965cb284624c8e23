/** What mail programs put in front of the subject of what is answered or passed on. */
const answers =
  /^\s{0,5}(?:\[[^\]]{1,40}\]\s{0,5})?(?:re|réf?|ref|aw|antw?|sv|vs|odp|rif|res|ynt|fwd?|wg|tr|vb|رد|ردّ|الرد|إعادة توجيه|اعادة توجيه|回复|答复|转发)\s{0,3}(?:\[\d{1,3}\]|\(\d{1,3}\))?\s{0,3}[:：]/iu;

/** Whether a subject is that of another mail, which this one answers or passes on. */
export function isSubjectOfAnswer(subject: string): boolean {
  return answers.test(subject.slice(0, 200));
}
