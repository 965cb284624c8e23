import { end, mailsFr as mails, orderFr, type OptOutRule, rule } from './opt-out-words.js';

const tail =
  '(?: (?:svp|stp|merci|s il vous plait|s il te plait|jamais|desormais|a l avenir|du tout|maintenant|immediatement|tout de suite|d avance))*';
const own =
  '(?:mon (?:adresse|e ?mail|mail|nom|compte|courriel)|mes (?:\\S+ )?(?:donnees|coordonnees|informations|infos)|notre adresse)(?! (?:de (?:livraison|facturation|domicile)|postale))|(?:cette adresse|ce mail|cet e ?mail)(?: e ?mail| mail)? (?:de|des) (?:votre|vos|la|toutes) (?:\\S+ ){0,2}(?:listes?|bases?|fichiers?|diffusion|mailings?)';
const erase = '(?:retirer|supprimer|rayer|radier|enlever|effacer|oter)';
const eraseNow =
  '(?:desabonnez|desinscrivez|retirez|supprimez|enlevez|rayez|radiez|effacez|otez|desabonne|desinscris|retire|supprime|enleve|raye|efface)';
const wish = '(?:me|moi|nous|m|veuillez|merci de|souhaite|veux|voudrais|aimerais|pouvez vous|demande)';

export const notInFrench: readonly OptOutRule[] = [
  rule(
    'negated, fr',
    'none',
    '(?:ne|n) (?:\\S+ ){0,3}(?:arretez|arrete|desabonne\\S*|desinscri\\S*|supprimez|retirez|cessez) (?:\\S+ ){0,2}(?:pas|jamais)|(?:ne (?:veux|souhaite|desire) pas|sans) (?:\\S+ ){0,2}(?:desabonner|desinscrire|arreter)',
  ),
  rule(
    'misses the mail, fr',
    'none',
    `(?:pourquoi|pour quelle raison|comment se fait il que?) (?:\\S+ ){0,3}(?:envoyez|envoie|ecrivez|recois|recoit|recevons|contactez)(?: \\S+){0,2} (?:plus|pas)|(?:ne|n) (?:\\S+ )?(?:recois|recoit|recevons|ai|avons|trouve|vois) plus (?:\\S+ ){0,2}${mails}|n y a plus (?:\\S+ ){0,2}${mails}|plus (?:de|d|aucun|aucune) ${mails} (?:depuis|d erreur|dans|de la part|recus?)`,
  ),
  rule(
    'off an order, fr',
    'none',
    `(?:supprim\\S*|retir\\S*|enlev\\S*|ray\\S*|effac\\S*) (?:\\S+ ){0,5}(?:de|du|des|sur|dans|un|une|l|le|la|les) (?:\\S+ ){0,2}${orderFr}`,
  ),
];

export const frenchRules: readonly OptOutRule[] = [
  rule(
    'désabonner',
    'clear',
    `${wish} (?:\\S+ ){0,3}(?:desabonner|desinscrire|desinscription|desabonnement|desabonnez|desinscrivez)|je me (?:desabonne|desinscris)|(?:me|m|nous) ${erase}(?! (?:le|la|les|l|un|une|ce|cette|ces|des|mon|ma|mes|votre|vos) )|${erase} (?:${own})|${eraseNow} (?:moi|nous|${own})(?! (?:le|la|les|l|un|une|ce|cette|ces) )|(?:comment|ou) (?:\\S+ ){0,4}(?:me|se) (?:desabonner|desinscrire)|desabonnement (?:\\S+ )?(?:svp|merci|immediat|s il)|(?:n arrive pas|impossible) (?:\\S+ ){0,2}(?:desabonner|desinscrire)`,
  ),
  rule('cette adresse', 'clear', `(?:${eraseNow}|${erase}) cette adresse(?: e ?mail| mail)?${tail}${end}`, {
    weak: true,
  }),
  rule(
    "résilie l'abonnement",
    'clear',
    '(?:resili|annul|arret|stopp|termin)(?:er|ez|e) (?:mon|notre|cet|l) (?:abonnement|inscription)',
  ),
  rule(
    'ne plus recevoir',
    'clear',
    `ne plus (?:\\S+ ){0,2}(?:recevoir|envoyer|adresser) (?:(?:aucun|aucune|de|d|des|vos|ces|ce|cette|votre|tous?|toutes?|les|la|l|le) ){0,3}(?:\\S+ )?${mails}|ne plus (?:\\S+ ){0,2}(?:recevoir|envoyer|adresser)(?: rien| quoi que ce soit)?${tail}${end}|ne plus (?:\\S+ ){0,2}(?:contacter|ecrire|solliciter|demarcher|etre (?:contacte|sollicite|abonne|demarche)\\S*|figurer)|(?:veux|souhaite|desire|voudrais|veut|souhaitons|voulons) (?:\\S+ )?plus (?:\\S+ ){0,4}${mails}|(?:veux|souhaite|desire|voudrais|veut|souhaitons|voulons) (?:\\S+ )?plus (?:rien )?(?:recevoir|entendre)(?: (?:rien|de vous|parler de vous)){0,2}${tail}${end}|plus etre (?:contacte|sollicite|abonne|demarche)\\S*|ne (?:veux|souhaite|desire|voulons|souhaitons) (?:pas|aucun|aucune|rien) (?:recevoir )?(?:(?:de|d|vos|ces|aucun|aucune|votre) ){0,2}(?:${mails}|recevoir${end})|(?:ne (?:veux|souhaite|desire) rien recevoir)|plus (?:de|d|aucun|aucune) (?:vos |ces )?${mails}`,
  ),
  rule(
    "n'écrivez plus",
    'clear',
    `ne (?:me|m|nous) (?:\\S+ )?(?:ecrivez|contactez|ecris|contacte|sollicitez|demarchez|derangez|spammez|harcelez) (?:\\S+ )?(?:plus|jamais|pas)(?! (?:au|sur|avant|apres|a|le|la|par|pendant|pour) )|ne (?:me|m|nous) (?:\\S+ )?(?:envoyez|envoie|adressez) (?:\\S+ )?(?:plus|pas|jamais) (?:(?:de|d|des|vos|ces|ce|cette|votre|aucun|aucune|autres?) ){0,3}(?:\\S+ )?${mails}|ne (?:me|m|nous) (?:\\S+ )?(?:envoyez|envoie|adressez) (?:\\S+ )?(?:plus|jamais)(?: rien)?${tail}${end}`,
  ),
  rule(
    'arrêtez',
    'clear',
    `(?:arretez|arreter|arrete|cessez|cesser|stoppez|stopper|stop) (?:s il vous plait |svp |immediatement |tout de suite |maintenant )?(?:de |d |avec |a |aux? )?(?:m |me |nous )?(?:envoyer|ecrire|spammer|contacter|harceler|solliciter|demarcher|envoi|l envoi|${mails}|(?:ces|vos|les|tous ces|tous vos|l envoi|toutes? (?:ces|vos)) (?:\\S+ )?${mails}|tout|ca|cela|pub\\S*)|(?:arretez|cessez|stop) (?:s il vous plait|svp|merci|maintenant|immediatement)|(?:veuillez|merci d|merci de|pouvez vous|priere d|prie d) (?:arreter|cesser|stopper)${tail}${end}`,
  ),
  rule(
    'laissez-moi',
    'clear',
    '(?:foutez|fichez|laissez|fiche|fous|laisse|lachez) (?:moi|nous) (?:la paix|tranquilles?|en paix|les? basques)|lachez (?:moi|nous)',
  ),
  rule(
    "n'en veut plus",
    'clear',
    `(?:n en|ne les) (?:veux|veut|voulons|souhaite|desire) (?:plus|pas)${tail}${end}`,
    {
      weak: true,
    },
  ),
  rule(
    "s'oppose",
    'clear',
    `(?:m|nous) (?:oppose|opposons|opposer) (?:\\S+ ){0,6}(?:donnees|traitement|prospection|demarchage|profilage|${mails})|droit d opposition|retire (?:\\S+ )?mon (?:consentement|accord)`,
  ),
];

export const spokenOfInFrench = rule(
  'spoken of, fr',
  'ambiguous',
  'desabonn\\S*|desinscri\\S*|(?:pas|plus) interesse\\S*|liste de diffusion|ne (?:veux|voulons|souhaite) plus(?= $)|c est du spam|signaler? (?:\\S+ ){0,2}comme spam',
);
