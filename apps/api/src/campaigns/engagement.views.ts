import { type EngagementReport, machineReasonText } from '#feedback';
import { type EngagementView } from './engagement.schemas.js';

export function toEngagementView(report: EngagementReport): EngagementView {
  const reasons = Object.keys(report.machines) as (keyof EngagementReport['machines'])[];
  return {
    ...report,
    words: {
      summary: summaryOf(report),
      limits,
      machines: Object.fromEntries(
        reasons.map(reason => [
          reason,
          { en: machineReasonText(reason, 'en'), ar: machineReasonText(reason, 'ar') },
        ]),
      ),
    },
  };
}

function summaryOf({ opens, clicks, dropped }: EngagementReport): { en: string; ar: string } {
  if (dropped) {
    return {
      en: 'The records of this campaign had served their time and were dropped; there are no figures any more.',
      ar: 'انقضت مدة الاحتفاظ بسجلات هذه الحملة فحُذفت، ولم تعد لها أرقام.',
    };
  }
  const { human, unknown, machine } = clicks.people;
  const seen = opens.people;
  return {
    en:
      `Links were pressed, by all appearances, by people: ${human}; by machines: ${machine}; too recent to tell: ${unknown}. ` +
      `The picture was loaded by machines for ${seen.machine} people; for ${seen.unknown} nobody can tell by whom.`,
    ar:
      `عدد من ضغطوا على الروابط، وهم أشخاص على ما يبدو: ${human}؛ ومن ضغطت عنهم آلات: ${machine}؛ وما لم يمضِ عليه وقت يكفي للحكم: ${unknown}. ` +
      `وعدد من حمّلت آلاتٌ الصورة عنهم: ${seen.machine}؛ ومن لا يُعلم من حمّلها عنهم: ${seen.unknown}.`,
  };
}

const limits = {
  en:
    'Only people who may be measured are in these figures. An open says that something loaded a picture: mail programs and ' +
    'proxies do so for mails that nobody reads, and people read mails without loading it; it is not how many read. A click ' +
    'without a sign of a machine is taken for a person’s, and scanners that behave like people are taken for people too.',
  ar:
    'لا تشمل هذه الأرقام إلا من يجوز قياس تفاعلهم. والفتح يعني أن شيئًا ما حمّل صورة: فبرامج البريد والخوادم الوسيطة تحمّلها ' +
    'لرسائل لا يقرؤها أحد، وكثيرون يقرؤون الرسائل دون تحميلها؛ فليس هو عدد القرّاء. وكل ضغطة لا يظهر فيها أثر آلة تُحسب ' +
    'لشخص، وقد تُحسب له أيضًا ضغطات برامج الفحص التي تتصرف كالناس.',
};
