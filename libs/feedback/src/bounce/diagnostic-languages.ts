import { type BounceReason } from './bounce-verdict.js';
import { type DiagnosticRule } from './diagnostic-rule.js';

/**
 * The same things in other languages than English: each language's words for whom, and for what is the matter. Over
 * folded words (`DiagnosticText`): no accents, one alef, ya and ta marbuta. Long, because it is a dictionary.
 */
const sayings: Partial<Record<BounceReason, readonly string[]>> = {
  spam_content: [
    // fr, de, es, pt, it
    '(?:comme|als|como|come|contener|contiene|contem|por ser) (?:\\S+ ){0,2}spam',
    '(?:courrier|message|contenu) (?:\\S+ ){0,2}(?:indesirable|pourriel)',
    'unerwunscht\\w*|spamverdacht|correo no deseado|lixo eletronico|posta indesiderata',
    // ru, zh, ja, ar, tr
    'спам\\p{L}*|нежелательн\\p{L}*',
    'بريدا? مزعجا?|غير مرغوب|رساله مزعجه|رسايل مزعجه|احتيالي\\p{L}*',
    'istenmeyen',
  ],
  reputation: [
    'lista (?:negra|nera)|listas negras|liste noire|schwarze liste|sperrliste|черн\\p{L}* спис\\p{L}*|قايمه (?:سوداء|الحظر)|القايمه السوداء',
  ],
  mailbox_full: [
    '(?:boite|messagerie|bal) (?:\\S+ ){0,6}(?:pleine?|saturee?)|espace (?:\\S+ ){0,3}insuffisant|quota (?:\\S+ ){0,2}depasse',
    '(?:postfach|mailbox|briefkasten|speicher\\w*|konto) (?:\\S+ ){0,5}(?:voll|uberschritten|ueberschritten|erschopft|uberfullt)',
    '(?:buzon|cuenta|bandeja|casilla) (?:\\S+ ){0,5}(?:llen[oa]|excedid[oa])|cuota (?:\\S+ ){0,3}(?:excedida|superada)',
    '(?:caixa|conta) (?:\\S+ ){0,5}cheia|(?:cota|quota) (?:\\S+ ){0,3}excedida',
    'casella (?:\\S+ ){0,4}piena',
    '(?:ящик|почтов\\p{L}*) (?:\\S+ ){0,4}(?:переполнен\\p{L}*|заполнен\\p{L}*)|превыш\\p{L}* (?:\\S+ ){0,3}(?:квот\\p{L}*|размер\\p{L}*)',
    '(?:صندوق|بريد|البريد|الصندوق|صندوقه) (?:\\S+ ){0,4}(?:ممتلي\\p{L}*|ممتلا|مليء)|تجاوز (?:\\S+ ){0,4}(?:الحصه|السعه|المساحه)|امتلاء (?:\\S+ ){0,2}صندوق',
    '(?:posta )?kutusu (?:\\S+ ){0,3}dolu|kotasi? (?:\\S+ ){0,2}(?:dolu|asildi)',
  ],
  no_such_mailbox: [
    '(?:[dl]|qu)?(?:utilisateur|destinataires?|adresse|boite|compte|usager|abonne) (?:\\S+ ){0,8}(?:inconnue?s?|introuvables?|inexistante?s?|invalides?|erronee?s?|n ?existe (?:pas|plus)|pas ete trouvee?)',
    '(?:empfanger\\w*|empfaenger\\w*|benutzer\\w*|adresse|postfach|nutzer|mailbox|konto|teilnehmer|e ?mail ?adresse) (?:\\S+ ){0,6}(?:unbekannt|nicht bekannt|existiert nicht|nicht existiert|nicht gefunden|ungultig|ungueltig|nicht vorhanden|nicht ermittelt)|unbekannte[rs]? (?:empfanger|empfaenger|benutzer|adresse|nutzer)|keine? (?:solche[rs]? )?(?:benutzer|postfach|empfanger)',
    'no (?:se )?(?:ha |pudo |ha podido )?(?:encontr(?:o|ado|ar)|encuentra) (?:\\S+ ){0,3}(?:usuario|buzon|cuenta|destinatari[oa]|direccion|casilla)|no se encontro a (?:\\S+ ){0,3}en',
    '(?:usuario|buzon|cuenta|destinatari[oa]|direccion|casilla|correo) (?:\\S+ ){0,6}(?:no existe|desconocid[oa]|inexistente|no encontrad[oa]|invalid[oa]|no (?:es )?valid[oa]|no se (?:ha )?(?:encontro|encuentra|encontrado))|no existe (?:\\S+ ){0,2}(?:usuario|buzon|cuenta|destinatario|direccion)',
    'nao (?:foi possivel )?(?:encontr(?:ou|ar|amos)) (?:\\S+ ){0,3}(?:usuario|utilizador|conta|caixa|destinatario|endereco)',
    '(?:usuario|utilizador|conta|caixa|destinatario|endereco) (?:\\S+ ){0,6}(?:nao existe|desconhecid[oa]|inexistente|nao (?:foi )?encontrad[oa]|invalid[oa])',
    '(?:impossibile|non e stato possibile) trovare (?:\\S+ ){0,2}(?:l ?)?(?:utente|casella|indirizzo|destinatario)',
    '(?:l ?)?(?:utente|casella|indirizzo|destinatario) (?:\\S+ ){0,5}(?:sconosciut[oa]|inesistente|non esiste|non (?:e )?(?:stato )?trovat[oa]|non (?:e )?valid[oa])',
    '(?:gebruiker|ontvanger|postbus|adres|mailbox) (?:\\S+ ){0,3}(?:onbekend|bestaat niet|niet gevonden)|onbekende (?:gebruiker|ontvanger)',
    '(?:uzytkownik|skrzynk\\p{L}*|adresat|odbiorc\\p{L}*|konto|adres) (?:\\S+ ){0,4}(?:nie istnieje|nieznany|nie znaleziono)|okand (?:anvandare|mottagare)|uzivatel (?:\\S+ )?neexistuje',
    '(?:kullanici|alici|adres\\p{L}*|kutusu) (?:\\S+ ){0,4}(?:bulunamadi|yok|gecersiz|bilinmiyor|mevcut degil)',
    '(?:пользовател\\p{L}*|ящик\\p{L}*|адрес\\p{L}*|получател\\p{L}*|аккаунт\\p{L}*) (?:\\S+ ){0,5}(?:не (?:был )?(?:найден\\p{L}*|существует|зарегистрирован\\p{L}*|обнаружен\\p{L}*)|неизвест\\p{L}*|отсутствует)|(?:нет|не существует|неизвестн\\p{L}*|неверн\\p{L}*|такого|такой) (?:\\S+ ){0,2}(?:пользовател\\p{L}*|ящик\\p{L}*|адрес\\p{L}*|получател\\p{L}*)',
    '(?:المستخدم|مستخدم|المستلم|مستلم|المرسل اليه|العنوان|عنوان|الحساب|حساب|البريد|صندوق) (?:\\S+ ){0,5}(?:غير (?:موجود|معروف|صحيح|صالح|مسجل|متوفر)\\p{L}*|لا وجود له|ليس موجودا|لم يعد موجودا)|(?:العثور|عثر) علي (?:\\S+ ){0,3}(?:العنوان|المستلم|المستخدم|الحساب|صندوق|عنوان|مستخدم|حساب)|(?:لا يوجد|ليس هناك) (?:\\S+ ){0,2}(?:مستخدم|حساب|صندوق|عنوان|مستلم)',
    // Exchange names the part before the @ alone: "ahmed was not found at".
    '(?:لم يتم|تعذر) العثور علي (?:[a-z0-9]+ ){0,3}(?:في|لدي)|introuvable a (?:l ?)?adresse|wurde (?:bei|unter) (?:[a-z0-9]+ ){0,3}nicht gefunden',
  ],
  no_such_domain: [
    '(?:domaine|hote) (?:\\S+ ){0,4}(?:inconnue?|inexistant|introuvable|n ?existe pas)|domaine? (?:\\S+ ){0,4}(?:existiert nicht|unbekannt|nicht gefunden)|domini?o (?:\\S+ ){0,4}(?:no existe|nao existe|non esiste|inexistente|inesistente|desconocido|desconhecido|sconosciuto|no encontrado)',
    'домен\\p{L}* (?:\\S+ ){0,4}не (?:найден|существует)|(?:النطاق|نطاق) (?:\\S+ ){0,4}(?:غير (?:موجود|معروف|صالح|صحيح)\\p{L}*)',
  ],
  mailbox_disabled: [
    '(?:compte|boite|utilisateur|adresse) (?:\\S+ ){0,4}(?:desactivee?|suspendue?|fermee?|clotureee?|bloquee?|inactive?|archivee?|supprimee?)',
    '(?:konto|postfach|benutzer|account) (?:\\S+ ){0,4}(?:gesperrt|deaktiviert|geschlossen|geloscht|inaktiv|stillgelegt|abgeschaltet)',
    '(?:cuenta|buzon|usuario|conta|caixa) (?:\\S+ ){0,4}(?:desactivad[oa]|desativad[oa]|suspendid[oa]|suspens[oa]|bloquead[oa]|cerrad[oa]|encerrad[oa]|inactiv[oa]|inativ[oa]|deshabilitad[oa]|eliminad[oa]|cancelad[oa])',
    '(?:casella|utente|account) (?:\\S+ ){0,4}(?:disattivat[oa]|sospes[oa]|disabilitat[oa]|chius[oa]|non attiv[oa]|scadut[oa])',
    '(?:ящик|аккаунт|пользователь|учетная запись) (?:\\S+ ){0,4}(?:отключен\\p{L}*|заблокирован\\p{L}*|удален\\p{L}*|неактив\\p{L}*)',
    '(?:تعطيل|ايقاف|اغلاق|حذف|تعليق|تجميد) (?:الحساب|حساب|صندوق|البريد|هذا الحساب)|(?:الحساب|حساب|الصندوق|صندوق|البريد) (?:\\S+ ){0,4}(?:معطل|موقوف|مغلق|معلق|محذوف|مجمد|غير (?:نشط|مفعل|فعال))',
  ],
  policy: [
    '(?:message|mail|courrier) (?:\\S+ ){0,4}(?:rejetee?|refusee?|bloquee?)|service refusee?|(?:nachricht|mail) (?:\\S+ ){0,5}(?:abgelehnt|zuruckgewiesen|blockiert)|(?:mensaje|mensagem|messaggio|correo) (?:\\S+ ){0,4}(?:rechazad[oa]|recusad[oa]|rejeitad[oa]|rifiutat[oa]|bloquead[oa])|(?:رفض|حظر) (?:\\S+ ){0,2}(?:الرساله|رسالتك|البريد)|(?:письмо|сообщение) (?:\\S+ ){0,4}(?:отклонен\\p{L}*|отвергнут\\p{L}*)',
  ],
  connection: [
    'delai (?:\\S+ ){0,4}(?:depasse|expire)|(?:impossible de|pas pu) (?:\\S+ ){0,2}(?:connecter|joindre)|connexion (?:\\S+ ){0,3}(?:refusee|impossible|expiree|perdue)',
    'zeituberschreitung|zeitueberschreitung|verbindung (?:\\S+ ){0,5}(?:fehlgeschlagen|abgelehnt|abgebrochen|nicht)|tiempo de espera|tempo (?:\\S+ ){0,2}(?:esgotado|scaduto)|conexi?on (?:\\S+ ){0,3}(?:rechazada|fallida|agotada)',
    'таймаут|врем\\p{L}* ожидания|не удалось (?:\\S+ ){0,3}(?:соединиться|подключиться|установить)',
    'تعذر الاتصال|انتهت مهله|انتهاء مهله|فشل الاتصال|(?:الخادم|خادم) (?:\\S+ ){0,3}(?:مشغول|غير متاح|لا يستجيب)',
  ],
};

/** Scripts that write no spaces between words: found anywhere. */
const unspaced: Partial<Record<BounceReason, string>> = {
  spam_content: '垃圾邮件|垃圾郵件|迷惑メール|内容被拒|스팸',
  reputation: '黑名单|黑名單|ブラックリスト|信誉',
  rate: '频率|頻率|发送过多|超过限制',
  mailbox_full:
    '空间不足|空間不足|邮箱已满|郵箱已滿|信箱已滿|容量(?:を|が|不足|已)|容量オーバー|いっぱい|용량',
  no_such_mailbox:
    '(?:用户|收件人|收信人|邮箱|邮件地址|地址|账号|帐号|账户|信箱|用戶|郵箱|帳號)\\P{Z}{0,12}(?:不存在|未找到|无效|無效|不正确|找不到|未开通|不可用)|(?:找不到|不存在|无效|没有|查无|查無|無此|未知)(?:的|此|该|这个)?(?:用户|收件人|邮箱|账号|帐号|地址|用戶|信箱)|(?:メールアドレス|宛先|ユーザ|受信者|アドレス)\\P{Z}{0,14}(?:存在し(?:ません|ない)|見つかりません|不明|ありません|無効)|존재하지',
  no_such_domain: '域名\\P{Z}{0,8}(?:不存在|无效|错误|找不到)|ドメイン\\P{Z}{0,8}(?:存在し|見つかり)',
  mailbox_disabled: '(?:账号|帐号|账户|邮箱|用户|信箱)\\P{Z}{0,8}(?:停用|冻结|注销|禁用|锁定|关闭)',
  policy: '拒收|被拒绝|拒绝接收|受信拒否',
  connection: '超时|逾時|连接失败|无法连接|無法連接|タイムアウト|接続',
};

const classes: Partial<Record<BounceReason, DiagnosticRule['class']>> = {
  ...{ no_such_mailbox: 'hard', no_such_domain: 'hard', mailbox_disabled: 'hard' },
  ...{ mailbox_full: 'soft', connection: 'soft' },
};

/** The rules of one reason, to be put where that reason has its place in the order. */
export function otherLanguages(reason: BounceReason): DiagnosticRule[] {
  const alternatives = [
    ...(sayings[reason] ?? []).map(saying => `(?:^| )(?:${saying})(?: |$)`),
    ...(unspaced[reason] ? [unspaced[reason]] : []),
  ];
  return alternatives.map((source, number) => ({
    name: `${reason} in other languages, ${number + 1}`,
    class: classes[reason] ?? 'block',
    reason,
    pattern: new RegExp(source, 'u'),
  }));
}
