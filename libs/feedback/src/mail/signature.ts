/** What programs add below a mail. */
const devices =
  /^(?:sent (?:from|via|with|using) (?:my |the )?\S.{1,60}|get outlook for \S+.{0,30}|envoyé (?:de|depuis|à partir de) .{2,60}|télécharger outlook .{2,40}|von meinem .{2,40} gesendet|gesendet (?:von|mit) .{2,60}|enviado (?:desde|do|de) .{2,60}|inviato da .{2,60}|verzonden vanaf .{2,60}|отправлено (?:с|из) .{2,60}|发自我的.{1,40}|[أا]ُ?رسلت? من .{2,60}|تم الإرسال (?:من|باستخدام|بواسطة) .{2,60}|مرسل من .{2,60}|الحصول على outlook .{2,40}|yahoo mail.{0,60})$/iu;

/** A greeting that closes a letter and stands on its line alone. */
const closings =
  /^(?:(?:with )?(?:best|kind|warm|kindest|warmest)?\s?regards|(?:all the )?best(?: wishes)?|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|cheers|many thanks|cordialement|bien cordialement|(?:bien )?à vous|salutations(?: distinguées)?|sincères salutations|mit (?:freundlichen|besten) grüßen|(?:viele|beste|liebe) grüße|mfg|saludos(?: cordiales)?|atentamente|cumprimentos|cordiali saluti|с уважением|(?:مع )?(?:خالص |أطيب |فائق )?(?:التحية|التحيات|تحياتي|تحيات|الاحترام|الشكر والتقدير)(?: والتقدير)?|وتفضلوا بقبول .{3,40}|مع الشكر)[,،.!]?$/iu;

/** Whether a signature begins at this line. The first line of what somebody wrote is never one, except a device's. */
export function isSignatureStart(lines: readonly string[], index: number, first: boolean): boolean {
  const line = (lines[index] ?? '').slice(0, 200);
  const bare = line.trim();
  // "-- " is the sign of old (RFC 3676 4.3); many programs lose its space.
  if (/^(?:--|—|__)\s?$/.test(line) || /^_{5,}$/.test(bare)) return true;
  if (devices.test(bare)) return true;
  if (first || !closings.test(bare)) return false;
  const rest = lines.slice(index + 1).filter(other => other.trim() !== '');
  return rest.length <= 8 && rest.every(other => other.length <= 120);
}
