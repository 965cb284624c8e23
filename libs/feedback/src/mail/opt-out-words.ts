/** What a rule makes of a sentence; `none` ends the search. */
export interface OptOutRule {
  name: string;
  kind: 'clear' | 'ambiguous' | 'none';
  /** Over folded words with single spaces, one in front and one behind. */
  pattern: RegExp;
  /** Says it in words that also fit a thing: clear only where nothing in the mail speaks of an order. */
  weak: boolean;
}

export const rule = (
  name: string,
  kind: OptOutRule['kind'],
  source: string,
  { weak = false } = {},
): OptOutRule => ({ name, kind, weak, pattern: new RegExp(` (?:${source}) `, 'u') });

/** What is sent to people who did not order it. */
export const mails =
  '(?:e ?mails?|mails?|messages?|msgs?|sms|newsletters?|letters?|spam\\S*|ads?|adverts?\\S*|offers|promotions?|promos?|mailings?|marketing|updates|notifications?|texts?|stuff|crap|junk|communications?|correspondence)';
export const mailsFr =
  '(?:mails?|e ?mails?|messages?|courriels?|newsletters?|lettres?|pubs?|publicites?|spams?|offres|promos?|promotions?|sms|envois|sollicitations?|notifications?|infos?|relances|communications?)';
export const mailsAr =
  '(?:[وب]?(?:ال)?(?:رسايل|رسالات|رساله|ايميل|ايميلات|اميلات|بريد|نشره|نشرات|نشرتكم|عروض|اعلانات|اشعارات|تنبيهات|دعايات|دعايه|مراسلات|مسجات|ماسجات|ميسجات|سبام|تسويق|تسويقيه|دعاييه|اعلانيه)(?:كم|ك|نا)?)';

/** What people order, pay and wait for: a sentence about these is seldom about our mail. */
const things = [
  '(?<!in )orders?|orderd?|parcels?|packages?|deliver\\S*|shipments?|shipping|ship|couriers?|drivers?|invoices?|receipts?|refunds?|returns|(?:to|a) return(?! to)|items?|products?|sizes?|box|boxes|renewals?|reservations?|bookings?|appointments?|waiting list|wait list|waitlist|guest list|basket|cart|payments?|cards?|cash|gift',
  'colis|paquets?|commandes?|factures?|livraisons?|livreurs?|livr(?:er|ez|e|es)|articles?|produits?|tailles?|panier|remboursements?|rembourse\\S*|paiements?|rendez vous|frais|abonnement box',
  '(?:[ولبف]|ال|لل|بال|وال)*(?:طلب|طلبي|طلبيه|طلبيتي|طلبات|طلبنا|شحنه|شحنتي|شحنات|طرد|طردي|مندوب|توصيل|تسليم|منتج|منتجات|مقاس|فاتوره|سله|صندوق|بضاعه|سايق|دفعه|حجز|موعد)',
];
export const aboutOrders = new RegExp(` (?:${things.join('|')}) `, 'u');
export const orderEn = `(?:${things[0]})`;
export const orderFr = `(?:${things[1]})`;
export const orderAr = `(?:${things[2]})`;

/** They want another thing, another way or less of it: nobody should guess how much. */
export const inPart =
  / (?:keep|still (?:want|like|wish|need|love)|but not|except|apart from|instead|rather than|only (?:want|send|the)|so many|as many|less often|so often|fewer|use (?:the |my |e ?mail)|new (?:one|address|e ?mail)|old address|garder|sauf|plutot|a la place|nouvelle adresse|ancienne adresse|moins (?:de|souvent)|بل|بدل|بدلا|ما عدا|ماعدا|القديم|الجديد|اقل|(?:e ?mail|mail|sms|phone|whatsapp|telephone) (?:is|est) (?:fine|ok|okay|better|enough|mieux)|it (?:has |have )?(?:already )?(?:arrived|came)) /u;

/** Other people and things by their words. */
export const others =
  '(?:my (?:colleague|friend|wife|husband|boss|coworker|brother|sister|mother|father|son|daughter|customers?|clients?|users?|team|employee)|him|her|them|someone|somebody|a (?:colleague|friend|customer|user|contact)|people|others|customers|users|contacts|mon collegue|ma collegue|quelqu un|un ami|زميلي|زميلتي|صديقي|زوجتي|زوجي|شخص)';

/** Behind words that could be followed by a thing: nothing, or only what makes them stronger. */
export const end = '(?= $)';
