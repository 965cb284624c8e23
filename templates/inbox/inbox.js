// New mail appears by itself. Only the list is replaced, so that what is being typed into the search stays.
setInterval(async () => {
  if (document.hidden) return;
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
    const [fresh, shown] = [page.querySelector('main'), document.querySelector('main')];
    if (fresh && shown && fresh.innerHTML !== shown.innerHTML) shown.replaceChildren(...fresh.childNodes);
  } catch {
    // The program is stopping or restarting; the next look may find it again.
  }
}, 2000);
